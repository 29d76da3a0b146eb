import type { AppointmentSummary } from "@/api/types";
import { useFormat, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { cx } from "@/ui/cx";
import { Link } from "@/ui/Link";
import { messages } from "../messages";
import { isHere, isOver } from "../model/day";
import { Actions } from "./Actions";
import { FormMark, Marks } from "./Marks";
import styles from "./Row.module.css";

interface Props {
  appointment: AppointmentSummary;
  now: number;
  /** Names the day and the official as well, where nothing around it does. */
  full?: boolean;
  moving?: boolean;
  /** The heading level of the name. */
  level?: 2 | 3;
}

/** One appointment in a list. */
export function Row({ appointment, now, full = false, moving = false, level = 3 }: Props) {
  const t = useMessages(messages);
  const format = useFormat();
  const { id, start, end, name, matter_name, code, form, place, official_name } = appointment;
  const Heading = `h${level}` as const;
  const minutes = (Date.parse(end) - Date.parse(start)) / 60_000;
  return (
    <li
      className={cx(
        styles.row,
        isHere(appointment) && styles.here,
        isOver(appointment) && styles.over,
        appointment.stranded && styles.stranded,
      )}
    >
      <p className={styles.time}>
        {full ? <span className={styles.date}>{format.longDate(start)}</span> : null}
        <time dateTime={start}>{format.range(start, minutes)}</time>
      </p>
      <div className={styles.what}>
        <Heading id={`appointment-${id}`} tabIndex={-1} className={styles.name}>
          <Link href={`/appointments/${id}`}>{name}</Link>
        </Heading>
        <p className={styles.meta}>
          <span>{pick(matter_name, t.language)}</span>
          <FormMark form={form} />
          <span>
            {t("row.code")} <span className={styles.code}>{code}</span>
          </span>
          {full ? <span>{official_name}</span> : null}
          {place && form === "in_person" ? <span>{place}</span> : null}
        </p>
        <p className={styles.marks}>
          <Marks appointment={appointment} />
        </p>
      </div>
      <Actions appointment={appointment} now={now} size="s" moving={moving} />
    </li>
  );
}
