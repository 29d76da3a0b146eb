import { useId } from "react";
import type { AppointmentSummary } from "@/api/types";
import { useFormat, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { Link } from "@/ui/Link";
import { messages } from "../messages";
import { isHere, waitsSince } from "../model/day";
import { Actions } from "./Actions";
import styles from "./DayPage.module.css";
import { FormMark, Marks } from "./Marks";
import rowStyles from "./Row.module.css";

/** Whom the official meets now, or who is next, with the one thing to do. */
export function NextCard({ appointment, now }: { appointment: AppointmentSummary; now: number }) {
  const t = useMessages(messages);
  const format = useFormat();
  const id = useId();
  const { start, end, name, matter_name, code, form, place, state } = appointment;
  const minutes = (Date.parse(end) - Date.parse(start)) / 60_000;
  const waits = isHere(appointment) && Date.parse(waitsSince(appointment)) < now;
  return (
    <section className={styles.next} aria-labelledby={id}>
      <h2 id={id} className={styles.nextLabel}>
        {state === "in_progress" ? t("day.now") : t("day.next")}
      </h2>
      <div className={styles.nextBody}>
        <div className={styles.nextWho}>
          <p className={styles.nextTime}>
            <time dateTime={start}>{format.range(start, minutes)}</time>
            {waits ? (
              <span className={styles.waits}>
                {t("day.waits_since", { time: format.time(waitsSince(appointment)) })}
              </span>
            ) : null}
          </p>
          <h3
            id={`appointment-${appointment.id}`}
            tabIndex={-1}
            className={`${rowStyles.name} ${styles.nextName}`}
          >
            <Link href={`/appointments/${appointment.id}`}>{name}</Link>
          </h3>
          <p className={rowStyles.meta}>
            <span>{pick(matter_name, t.language)}</span>
            <FormMark form={form} />
            <span>
              {t("row.code")} <span className={rowStyles.code}>{code}</span>
            </span>
            {place && form === "in_person" ? <span>{place}</span> : null}
          </p>
          <p className={rowStyles.marks}>
            <Marks appointment={appointment} />
          </p>
        </div>
        <Actions appointment={appointment} now={now} size="l" variant="primary" />
      </div>
    </section>
  );
}
