import { useQuery } from "@tanstack/react-query";
import { CalendarDays, CalendarPlus } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { AppointmentSummary, Day } from "@/api/types";
import { useNow } from "@/features/rooms/hooks/useNow";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { ButtonLink } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Notice } from "@/ui/Notice";
import { useOnline } from "@/ui/OfflineBanner";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { appointmentQueries } from "../api/appointments";
import { useDayAddress } from "../hooks/useDayAddress";
import { messages } from "../messages";
import { noon } from "../model/days";
import { arrivals, sorted } from "../model/day";
import { Area } from "./Area";
import styles from "./DayPage.module.css";
import { DayTools } from "./DayTools";
import { NextCard } from "./NextCard";
import { Row } from "./Row";
import rowStyles from "./Row.module.css";

export default function DayPage() {
  const t = useMessages(messages);
  const format = useFormat();
  const now = useNow(15_000);
  const { date, official, own, today, go } = useDayAddress("/appointments", now);
  const day = useQuery(appointmentQueries.day(date, official));
  const holiday = `holiday.${day.data?.holiday ?? ""}`;
  return (
    <>
      <PageHeader
        title={date === today ? t("day.title_today") : t("day.title")}
        lead={<span className={styles.lead}>{format.longDate(noon(date))}</span>}
        actions={
          <ButtonLink href="/appointments/new" variant="secondary" icon={CalendarPlus}>
            {t("day.book")}
          </ButtonLink>
        }
      />
      <Area>
        <DayTools date={date} today={today} official={official} step={1} go={go} />
        {t.has(holiday) ? <Notice title={t("day.holiday", { name: t(holiday) })} /> : null}
        {day.isPending ? <Skeleton lines={6} /> : null}
        {day.isError ? (
          <LoadFailed error={day.error} onRetry={() => void day.refetch()} busy={day.isFetching} />
        ) : null}
        {day.data ? (
          <>
            <Freshness at={day.dataUpdatedAt} failing={day.isError} />
            <p role="status" className="visually-hidden">
              {t("day.shown", {
                date: format.longDate(noon(date)),
                appointments: t("day.count", { count: day.data.appointments.length }),
              })}
            </p>
            <Arrivals key={`${date} ${official}`} appointments={day.data.appointments} />
            <DayList day={day.data} now={now} today={date === today} own={own} />
          </>
        ) : null}
      </Area>
    </>
  );
}

function DayList({
  day,
  now,
  today,
  own,
}: {
  day: Day;
  now: number;
  today: boolean;
  own: boolean;
}) {
  const t = useMessages(messages);
  const { current, here, coming, over } = sorted(day.appointments);
  if (day.appointments.length === 0) {
    return (
      <EmptyState icon={CalendarDays} title={own ? t("day.empty_title") : t("day.empty_colleague")}>
        {t("day.empty_body")}
      </EmptyState>
    );
  }
  // Whoever is being met comes first; then who is next.
  const shown = current[0] ?? day.appointments.find((one) => one.id === day.next);
  const rest = (list: readonly AppointmentSummary[]) =>
    today ? list.filter((one) => one.id !== shown?.id) : list;
  return (
    <div className={styles.sections}>
      {today && shown ? <NextCard key={shown.id} appointment={shown} now={now} /> : null}
      {today && !shown ? <Notice tone="good" title={t("day.all_done")} /> : null}
      <Section heading={t("day.current")} list={rest(current)} now={now} />
      <Section heading={t("day.here")} list={rest(here)} now={now} />
      <Section heading={t("day.coming")} list={rest(coming)} now={now} />
      <Section heading={t("day.over")} list={over} now={now} />
    </div>
  );
}

function Section({
  heading,
  list,
  now,
}: {
  heading: string;
  list: readonly AppointmentSummary[];
  now: number;
}): ReactNode {
  const id = useId();
  if (list.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>
        {heading} <span className={styles.count}>{list.length}</span>
      </h2>
      <ul role="list" className={rowStyles.list}>
        {list.map((one) => (
          <Row key={one.id} appointment={one} now={now} />
        ))}
      </ul>
    </section>
  );
}

/** Whether the page shows what is, or what was when the connection broke. */
function Freshness({ at, failing }: { at: number; failing: boolean }) {
  const t = useMessages(messages);
  const format = useFormat();
  const online = useOnline();
  return (
    <p className={styles.fresh} role="status">
      {online && !failing ? (
        <>
          <span className={styles.pulse} aria-hidden /> {t("day.live")}
        </>
      ) : (
        t("day.stale", { time: format.time(at) })
      )}
    </p>
  );
}

/** Reads out who came since the look before. */
function Arrivals({ appointments }: { appointments: readonly AppointmentSummary[] }) {
  const t = useMessages(messages);
  const before = useRef(appointments);
  const [text, setText] = useState("");
  useEffect(() => {
    const came = arrivals(before.current, appointments);
    before.current = appointments;
    if (came.length > 0) {
      setText(
        came
          .map((one) =>
            one.state === "arrived"
              ? t("day.came", { name: one.name })
              : t("day.came_video", { name: one.name }),
          )
          .join(" "),
      );
    }
  }, [appointments, t]);
  return (
    <p role="status" className="visually-hidden">
      {text}
    </p>
  );
}
