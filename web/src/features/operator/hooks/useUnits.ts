import { useFormat, useMessages } from "@/i18n";
import { messages } from "../messages";
import { bitrate, duration } from "../model/units";

export interface Units {
  /** `1,2 Mb/s` */
  bitrate: (bitsPerSecond: number) => string;
  /** Of a share from 0 to 1: `2,5%` */
  percent: (share: number) => string;
  /** `2 h 5 min`: the two greatest units. */
  duration: (seconds: number) => string;
  /** `12 ms` */
  milliseconds: (value: number) => string;
}

/** Numbers with their units, in the reader's language. */
export function useUnits(): Units {
  const t = useMessages(messages);
  const format = useFormat();
  return {
    bitrate: (bitsPerSecond) => {
      const { value, unit } = bitrate(bitsPerSecond);
      return format.number(value, {
        style: "unit",
        unit: `${unit}-per-second`,
        maximumFractionDigits: value < 10 ? 1 : 0,
      });
    },
    percent: (share) => format.number(share, { style: "percent", maximumFractionDigits: 1 }),
    duration: (seconds) => {
      const parts = duration(seconds);
      if (parts.days > 0) {
        return `${t("duration.days", { count: parts.days })} ${t("duration.hours", { ...parts })}`;
      }
      if (parts.hours > 0) {
        return `${t("duration.hours", { ...parts })} ${t("duration.minutes", { ...parts })}`;
      }
      if (parts.minutes > 0) return t("duration.minutes", { ...parts });
      return t("duration.seconds", { ...parts });
    },
    milliseconds: (value) =>
      format.number(value, { style: "unit", unit: "millisecond", maximumFractionDigits: 0 }),
  };
}
