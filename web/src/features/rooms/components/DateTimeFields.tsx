import { type CalendarDate, Time, parseDate } from "@internationalized/date";
import type { FocusEvent } from "react";
import { commonMessages, useFormat, useMessages } from "@/i18n";
import { DateField } from "@/ui/aria/DateField";
import { TimeField } from "@/ui/aria/TimeField";
import { cx } from "@/ui/cx";
import fieldStyles from "@/ui/Field.module.css";
import { messages } from "../messages";
import { endOf, officeDay, readWallClock } from "../model/warsaw";
import styles from "./DateTimeFields.module.css";

interface Props {
  id: string;
  date: CalendarDate | null;
  time: Time | null;
  durationMinutes: number;
  /** The first day that may be chosen. */
  from: CalendarDate;
  error: string | undefined;
  onChange: (next: { date: CalendarDate | null; time: Time | null }) => void;
}

/** When a meeting starts, by the clock on the office's wall. */
export function DateTimeFields({ id, date, time, durationMinutes, from, error, onChange }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  return (
    <div
      id={id}
      role="group"
      aria-labelledby={`${id}-label`}
      aria-describedby={[`${id}-notes`, error ? `${id}-error` : null].filter(Boolean).join(" ")}
      tabIndex={-1}
      onFocus={enter}
      className={cx(fieldStyles.field, error && fieldStyles.refused)}
    >
      <span id={`${id}-label`} className={fieldStyles.label}>
        {t("form.when")}
      </span>
      {error ? (
        <p id={`${id}-error`} className={fieldStyles.error}>
          <span className="visually-hidden">{common("error_prefix")} </span>
          {error}
        </p>
      ) : null}
      <div className={styles.row}>
        <DateField
          label={t("form.date")}
          quiet
          value={date?.toString() ?? ""}
          from={from.toString()}
          onChange={(next) => onChange({ date: next === "" ? null : parseDate(next), time })}
        />
        <TimeField
          label={t("form.time")}
          quiet
          value={time && time.hour * 60 + time.minute}
          onChange={(minutes) =>
            onChange({
              date,
              time: minutes === null ? null : new Time(Math.floor(minutes / 60), minutes % 60),
            })
          }
        />
      </div>
      <div id={`${id}-notes`} className={cx(fieldStyles.hint, styles.notes)}>
        <Notes date={date} time={time} durationMinutes={durationMinutes} />
      </div>
    </div>
  );
}

/** When it ends, and what the change of clocks does to it. */
function Notes({ date, time, durationMinutes }: Pick<Props, "date" | "time" | "durationMinutes">) {
  const t = useMessages(messages);
  const format = useFormat();
  const reading = date && time ? readWallClock(date, time) : null;
  if (!reading || reading.kind === "never") return <p>{t("form.zone")}</p>;
  const end = endOf(reading.at, durationMinutes);
  const sameDay = officeDay(end) === officeDay(reading.at);
  return (
    <>
      <p>
        {sameDay
          ? t("form.until", { time: format.time(end) })
          : t("form.until_day", { time: format.time(end), date: format.date(end) })}
        {` · ${t("form.zone")}`}
      </p>
      {reading.kind === "twice" ? <p>{t("form.twice")}</p> : null}
    </>
  );
}

/** The error summary leads here: on to the first part that can be typed into. */
function enter(event: FocusEvent<HTMLDivElement>) {
  if (event.target !== event.currentTarget) return;
  event.currentTarget.querySelector<HTMLElement>('[role="spinbutton"]')?.focus();
}
