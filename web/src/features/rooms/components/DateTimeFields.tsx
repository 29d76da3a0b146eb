import { type CalendarDate, type Time, toCalendarDate } from "@internationalized/date";
import { CalendarDays, ChevronLeft, ChevronRight } from "lucide-react";
import type { FocusEvent } from "react";
import {
  Button,
  Calendar,
  CalendarCell,
  CalendarGrid,
  CalendarGridBody,
  CalendarGridHeader,
  CalendarHeaderCell,
  DateInput,
  DatePicker,
  DateSegment,
  Dialog,
  Group,
  Heading,
  Label,
  Popover,
  TimeField,
} from "react-aria-components";
import { commonMessages, useFormat, useMessages } from "@/i18n";
import { cx } from "@/ui/cx";
import fieldStyles from "@/ui/Field.module.css";
import { Icon } from "@/ui/Icon";
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
      className={cx(fieldStyles.field, error && fieldStyles.refused, error && styles.refused)}
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
        <DatePicker
          className={fieldStyles.field ?? ""}
          value={date}
          minValue={from}
          isInvalid={Boolean(error)}
          shouldForceLeadingZeros
          onChange={(next) => onChange({ date: next && toCalendarDate(next), time })}
        >
          <Label className={fieldStyles.hint ?? ""}>{t("form.date")}</Label>
          <Group className={styles.group ?? ""}>
            <Segments />
            <Button className={styles.open ?? ""} aria-label={t("form.calendar")}>
              <Icon of={CalendarDays} size={1.1} />
            </Button>
          </Group>
          <Popover className={styles.popover ?? ""}>
            <Dialog aria-label={t("form.calendar")}>
              <MonthCalendar />
            </Dialog>
          </Popover>
        </DatePicker>
        <TimeField
          className={fieldStyles.field ?? ""}
          value={time}
          hourCycle={24}
          shouldForceLeadingZeros
          isInvalid={Boolean(error)}
          onChange={(next) => onChange({ date, time: next })}
        >
          <Label className={fieldStyles.hint ?? ""}>{t("form.time")}</Label>
          <Segments className={styles.time} />
        </TimeField>
      </div>
      <div id={`${id}-notes`} className={cx(fieldStyles.hint, styles.notes)}>
        <Notes date={date} time={time} durationMinutes={durationMinutes} />
      </div>
    </div>
  );
}

function Segments({ className }: { className?: string | undefined }) {
  return (
    <DateInput className={cx(styles.segments, className)}>
      {(segment) => <DateSegment segment={segment} className={styles.segment ?? ""} />}
    </DateInput>
  );
}

function MonthCalendar() {
  const t = useMessages(messages);
  return (
    <Calendar>
      <div className={styles.head}>
        <Button slot="previous" className={styles.step ?? ""} aria-label={t("form.previous_month")}>
          <Icon of={ChevronLeft} />
        </Button>
        <Heading level={2} />
        <Button slot="next" className={styles.step ?? ""} aria-label={t("form.next_month")}>
          <Icon of={ChevronRight} />
        </Button>
      </div>
      <CalendarGrid className={styles.grid ?? ""}>
        <CalendarGridHeader>
          {(day) => <CalendarHeaderCell>{day}</CalendarHeaderCell>}
        </CalendarGridHeader>
        <CalendarGridBody>
          {(day) => <CalendarCell date={day} className={styles.day ?? ""} />}
        </CalendarGridBody>
      </CalendarGrid>
    </Calendar>
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
