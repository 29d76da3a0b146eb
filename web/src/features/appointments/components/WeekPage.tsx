import { useQuery } from "@tanstack/react-query";
import { CalendarPlus } from "lucide-react";
import type { AppointmentSummary } from "@/api/types";
import { setupQueries } from "@/features/booking-setup/api/setup";
import { useNow } from "@/features/rooms/hooks/useNow";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { ButtonLink } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Link } from "@/ui/Link";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { appointmentQueries } from "../api/appointments";
import { useDayAddress } from "../hooks/useDayAddress";
import { messages } from "../messages";
import { addDays, monday, noon } from "../model/days";
import { isOver } from "../model/day";
import { type WeekDay, week } from "../model/week";
import { Area } from "./Area";
import { CalendarFeed } from "./CalendarFeed";
import { DayTools } from "./DayTools";
import { FormMark, Marks } from "./Marks";
import styles from "./WeekPage.module.css";

export default function WeekPage() {
  const t = useMessages(messages);
  const format = useFormat();
  const now = useNow();
  const { date, official, today, go } = useDayAddress("/appointments/week", now);
  const from = monday(date);
  const to = addDays(from, 6);
  const appointments = useQuery(appointmentQueries.range(from, to, official));
  const closed = useQuery(setupQueries.closedDays(from, to));
  return (
    <>
      <PageHeader
        title={t("week.title")}
        lead={t("week.lead", { from: format.date(noon(from)), to: format.date(noon(to)) })}
        actions={
          <>
            <CalendarFeed />
            <ButtonLink href="/appointments/new" variant="secondary" icon={CalendarPlus}>
              {t("day.book")}
            </ButtonLink>
          </>
        }
      />
      <Area>
        <DayTools date={date} today={today} official={official} step={7} go={go} />
        {appointments.isPending ? <Skeleton lines={6} /> : null}
        {appointments.isError ? (
          <LoadFailed error={appointments.error} onRetry={() => void appointments.refetch()} />
        ) : null}
        {appointments.data ? (
          <div className={styles.week}>
            {week(from, appointments.data, closed.data ?? []).map((day) => (
              <DayColumn key={day.date} day={day} today={day.date === today} official={official} />
            ))}
          </div>
        ) : null}
      </Area>
    </>
  );
}

function DayColumn({ day, today, official }: { day: WeekDay; today: boolean; official: string }) {
  const t = useMessages(messages);
  const format = useFormat();
  const id = `day-${day.date}`;
  const holiday = `holiday.${day.holiday ?? ""}`;
  return (
    <section className={cx(styles.day, today && styles.today)} aria-labelledby={id}>
      <h2 id={id} className={styles.heading}>
        <Link href={`/appointments?date=${day.date}&official=${official}`}>
          {format.weekday(noon(day.date))}
        </Link>
        {today ? <span className={styles.mark}> {t("week.today")}</span> : null}
      </h2>
      {day.closed ? (
        <p className={styles.closed}>{t.has(holiday) ? t(holiday) : t("week.closed")}</p>
      ) : null}
      {day.appointments.length === 0 ? (
        <p className={styles.none}>{t("week.none")}</p>
      ) : (
        <ul role="list" className={styles.list}>
          {day.appointments.map((one) => (
            <Entry key={one.id} appointment={one} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Entry({ appointment }: { appointment: AppointmentSummary }) {
  const t = useMessages(messages);
  const format = useFormat();
  const { id, start, name, matter_name, form, stranded } = appointment;
  return (
    <li
      className={cx(styles.entry, stranded && styles.stranded, isOver(appointment) && styles.over)}
    >
      <p className={styles.line}>
        <time dateTime={start}>{format.time(start)}</time>
        <Link href={`/appointments/${id}`}>{name}</Link>
      </p>
      <p className={styles.meta}>
        {pick(matter_name, t.language)} <FormMark form={form} />
      </p>
      <p className={styles.marks}>
        <Marks appointment={appointment} />
      </p>
    </li>
  );
}
