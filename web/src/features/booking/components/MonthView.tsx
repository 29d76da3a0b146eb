import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useRef } from "react";
import { useFormat, useLanguage, LOCALES, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Notice } from "@/ui/Notice";
import { findDays, findSlots } from "../api";
import { useLoad } from "../hooks/useLoad";
import { useNow } from "../hooks/useNow";
import { useQuery } from "../hooks/useQuery";
import { timesMessages } from "../times/messages";
import { writeChoice } from "../model/address";
import { addMonths, type Month, monthOf, readMonth, weeks } from "../model/month";
import { noon } from "../model/slots";
import { today } from "../model/today";
import type { DayCount } from "../model/types";
import { Loading } from "./Loading";
import styles from "./MonthView.module.css";
import { Times } from "./SlotList";
import type { PickerProps } from "./SlotPicker";

/** A month at a glance, for people who would rather look than read; a day opens its times. */
export default function MonthView(props: PickerProps) {
  const t = useMessages(timesMessages);
  const language = useLanguage();
  const now = useNow(60_000);
  const { params, set } = useQuery();
  const first = monthOf(today(now));
  const month = readMonth(params.get("month")) ?? first;
  const day = params.get("day");
  const { offered, choice } = props;
  const wish = { office: offered.office.id, matter: offered.matter.id, ...choice };
  const { state, again } = useLoad(
    `${wish.matter}?${writeChoice(choice)}&month=${month}`,
    (signal) => findDays(wish, month, signal),
  );
  const name = new Intl.DateTimeFormat(LOCALES[language], {
    timeZone: "Europe/Warsaw",
    month: "long",
    year: "numeric",
  }).format(noon(`${month}-15`));
  const go = (to: Month) => set({ month: to, day: null }, { replace: true });

  return (
    <div className={styles.view}>
      <div className={styles.bar}>
        <Button
          variant="secondary"
          icon={ChevronLeft}
          iconOnly
          aria-disabled={month <= first}
          onClick={month <= first ? undefined : () => go(addMonths(month, -1))}
        >
          {t("month.previous")}
        </Button>
        <h2 id="month" className={styles.name} aria-live="polite">
          {name}
        </h2>
        <Button
          variant="secondary"
          icon={ChevronRight}
          iconOnly
          onClick={() => go(addMonths(month, 1))}
        >
          {t("month.next")}
        </Button>
      </div>
      <Loading state={state} onRetry={again}>
        {(days) => (
          <>
            <Grid days={days} chosen={day} onDay={(date) => set({ month, day: date })} />
            {days.every((one) => one.free === 0) ? <Notice>{t("month.none")}</Notice> : null}
          </>
        )}
      </Loading>
      {day ? <DayTimes key={day} {...props} day={day} /> : null}
    </div>
  );
}

function Grid({
  days,
  chosen,
  onDay,
}: {
  days: DayCount[];
  chosen: string | null;
  onDay: (date: string) => void;
}) {
  const t = useMessages(timesMessages);
  const language = useLanguage();
  const format = useFormat();
  const weekday = (width: "short" | "long", index: number) =>
    // 30 November 2026 is a Monday.
    new Intl.DateTimeFormat(LOCALES[language], { timeZone: "UTC", weekday: width }).format(
      new Date(Date.UTC(2026, 10, 30 + index)),
    );
  return (
    <table className={styles.grid} aria-labelledby="month">
      <thead>
        <tr>
          {Array.from({ length: 7 }, (_, index) => (
            <th key={index} scope="col" abbr={weekday("long", index)}>
              {weekday("short", index)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks(days).map((week, row) => (
          <tr key={row}>
            {week.map((day, column) => (
              <td key={column}>
                {day ? (
                  <DayCell
                    day={day}
                    chosen={day.date === chosen}
                    name={`${format.longDate(noon(day.date))}: ${t("month.free", { count: day.free })}`}
                    onDay={() => onDay(day.date)}
                  />
                ) : null}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function DayCell({
  day,
  name,
  chosen,
  onDay,
}: {
  day: DayCount;
  name: string;
  chosen: boolean;
  onDay: () => void;
}) {
  const t = useMessages(timesMessages);
  const number = Number(day.date.slice(-2));
  if (day.free === 0) {
    const holiday = `holiday.${day.holiday ?? ""}`;
    return (
      <span className={cx(styles.day, styles.none)}>
        {number}
        <span className="visually-hidden">
          , {day.holiday && t.has(holiday) ? t(holiday) : t("month.nothing")}
        </span>
        {day.holiday && t.has(holiday) ? (
          <span className={styles.holiday} aria-hidden title={t(holiday)}>
            {t("month.holiday_mark")}
          </span>
        ) : null}
      </span>
    );
  }
  return (
    <button
      type="button"
      className={cx(styles.day, styles.open)}
      aria-pressed={chosen}
      onClick={onDay}
    >
      <span aria-hidden>{number}</span>
      <span className={styles.count} aria-hidden>
        {day.free}
      </span>
      <span className="visually-hidden">{name}</span>
    </button>
  );
}

/** Under the month: the times of the day that was pressed. */
function DayTimes({ day, ...picker }: PickerProps & { day: string }) {
  const t = useMessages(timesMessages);
  const format = useFormat();
  const { offered, choice } = picker;
  const wish = { office: offered.office.id, matter: offered.matter.id, ...choice };
  const { state, again } = useLoad(`${wish.matter}?${writeChoice(choice)}&day=${day}`, (signal) =>
    findSlots(wish, { from: day, days: 1, limit: 500 }, signal),
  );
  const heading = useRef<HTMLHeadingElement>(null);
  const ready = state.kind === "ready";
  useEffect(() => {
    if (ready) heading.current?.focus();
  }, [ready]);
  return (
    <section className={styles.dayTimes} aria-labelledby="day">
      <h2 id="day" ref={heading} tabIndex={-1} className={styles.dayName}>
        {format.longDate(noon(day))}
      </h2>
      <Loading state={state} onRetry={again}>
        {({ slots }) =>
          slots.length > 0 ? (
            <Times slots={slots} {...picker} />
          ) : (
            <Notice live="polite">{t("month.day_none")}</Notice>
          )
        }
      </Loading>
    </section>
  );
}
