import type { Language, Time } from "@/api/types";
import { useLanguage } from "./language";

/** Offices live by the clock on their wall, wherever the reader is. */
export const TIME_ZONE = "Europe/Warsaw";

type Moment = Time | Date | number;

export interface Format {
  /** `23 listopada 2026` */
  date(moment: Moment): string;
  /** `poniedziałek, 23 listopada 2026` */
  longDate(moment: Moment): string;
  /** `poniedziałek, 23.11` */
  weekday(moment: Moment): string;
  /** `23.11` */
  shortDate(moment: Moment): string;
  /** `14:30` */
  time(moment: Moment): string;
  /** `23 lis 2026, 14:30` */
  dateTime(moment: Moment): string;
  /** `14:30–15:00`, also over midnight: `23:45–00:15`. */
  range(from: Moment, minutes: number): string;
  /** `za 5 minut`, `2 godziny temu` */
  relative(moment: Moment, now?: Moment): string;
  number(value: number, options?: Intl.NumberFormatOptions): string;
  list(items: readonly string[]): string;
}

const made = new Map<Language, Format>();

export function format(language: Language): Format {
  let it = made.get(language);
  if (!it) made.set(language, (it = create(language)));
  return it;
}

export function useFormat(): Format {
  return format(useLanguage());
}

/** Locales with 24-hour clocks and day before month, as everyone in Poland reads them. */
export const LOCALES: Record<Language, string> = { pl: "pl-PL", en: "en-GB", uk: "uk-UA" };

function create(language: Language): Format {
  const locale = LOCALES[language];
  const make = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone: TIME_ZONE, ...options });
  const date = make({ dateStyle: "long" });
  const longDate = make({ dateStyle: "full" });
  const weekday = make({ weekday: "long", day: "numeric", month: "numeric" });
  const shortDate = make({ day: "numeric", month: "numeric" });
  const time = make({ timeStyle: "short" });
  const dateTime = make({ dateStyle: "medium", timeStyle: "short" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  const at = (moment: Moment) => (typeof moment === "string" ? new Date(moment) : new Date(moment));

  return {
    date: (moment) => date.format(at(moment)),
    longDate: (moment) => longDate.format(at(moment)),
    weekday: (moment) => weekday.format(at(moment)),
    shortDate: (moment) => shortDate.format(at(moment)),
    time: (moment) => time.format(at(moment)),
    dateTime: (moment) => dateTime.format(at(moment)),
    range: (from, minutes) => {
      // Not `formatRange`: over midnight it would write both dates, beside the date that stands there.
      const start = at(from);
      return `${time.format(start)}–${time.format(new Date(start.getTime() + minutes * 60_000))}`;
    },
    relative: (moment, now = Date.now()) => {
      const seconds = (at(moment).getTime() - at(now).getTime()) / 1000;
      const [value, unit] = inUnits(seconds);
      return relative.format(value, unit);
    },
    number: (value, options) => new Intl.NumberFormat(locale, options).format(value),
    list: (items) => list.format(items),
  };
}

function inUnits(seconds: number): [number, Intl.RelativeTimeFormatUnit] {
  const size = Math.abs(seconds);
  if (size < 45) return [Math.round(seconds), "second"];
  if (size < 45 * 60) return [Math.round(seconds / 60), "minute"];
  if (size < 22 * 3600) return [Math.round(seconds / 3600), "hour"];
  return [Math.round(seconds / 86_400), "day"];
}
