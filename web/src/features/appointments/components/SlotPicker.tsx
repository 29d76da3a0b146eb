import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { LoadFailed } from "@/forms/LoadFailed";
import { commonMessages, useFormat, useMessages } from "@/i18n";
import { DateField } from "@/ui/aria/DateField";
import { Skeleton } from "@/ui/Spinner";
import { type SlotWish, appointmentQueries } from "../api/appointments";
import { messages } from "../messages";
import { useToday } from "../hooks/useToday";
import { noon } from "../model/days";
import { byDay } from "../model/slots";
import styles from "./SlotPicker.module.css";

interface Props {
  id: string;
  error: string | undefined;
  /** `from` is where the list begins until another day is chosen. */
  wish: SlotWish;
  /** The chosen start. */
  value: string | null;
  onChange: (start: string | null) => void;
}

/** Free times as buttons to choose from, by day. Officials see them without notice and release. */
export function SlotPicker({ id, error, wish, value, onChange }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const format = useFormat();
  const group = useId();
  const [from, setFrom] = useState<string | null>(null);
  const today = useToday();
  const slots = useQuery(appointmentQueries.slots({ ...wish, from: from ?? wish.from }));
  const days = byDay(slots.data?.slots ?? []);

  return (
    <fieldset
      className={error ? `${styles.picker} ${styles.refused}` : styles.picker}
      aria-describedby={error ? `${id}-error` : undefined}
    >
      <legend>{t("slots.legend")}</legend>
      {error ? (
        <p id={`${id}-error`} className={styles.error}>
          <span className="visually-hidden">{common("error_prefix")} </span>
          {error}
        </p>
      ) : null}
      <DateField
        label={t("slots.from")}
        value={from ?? wish.from}
        from={today}
        onChange={(day) => {
          setFrom(day || null);
          onChange(null);
        }}
      />
      {/* The error summary leads here while there is nothing to choose. */}
      <div id={days.length === 0 ? id : undefined} tabIndex={-1} className={styles.days}>
        {slots.isPending ? <Skeleton /> : null}
        {slots.isError ? (
          <LoadFailed error={slots.error} onRetry={() => void slots.refetch()} />
        ) : null}
        {slots.data && days.length === 0 ? <p role="status">{t("slots.none")}</p> : null}
        {days.map(({ day, slots: ofDay }, index) => (
          <div key={day} role="group" aria-labelledby={`${group}-${day}`} className={styles.day}>
            <p id={`${group}-${day}`} className={styles.date}>
              {format.longDate(noon(day))}
            </p>
            <div className={styles.times}>
              {ofDay.map((slot, position) => (
                <label key={slot.start} className={styles.slot}>
                  <input
                    id={index === 0 && position === 0 ? id : undefined}
                    type="radio"
                    name={group}
                    value={slot.start}
                    checked={value === slot.start}
                    onChange={() => onChange(slot.start)}
                  />
                  <span>{format.time(slot.start)}</span>
                </label>
              ))}
            </div>
          </div>
        ))}
        {slots.data?.next ? <p className={styles.more}>{t("slots.more")}</p> : null}
      </div>
    </fieldset>
  );
}
