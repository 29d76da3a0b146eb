import { useProblemText } from "@/api/problem";
import type { HoursException } from "@/api/types";
import { noon } from "@/features/appointments/model/days";
import { useFormat, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Of } from "@/ui/Of";
import { toast } from "@/ui/Toasts";
import { useRemoveException } from "../api/setup";
import { messages } from "../messages";
import { clock } from "../model/hours";
import styles from "./Setup.module.css";

interface Props {
  exceptions: readonly HoursException[];
  /** Officials or places that may stand in, by name. */
  substitutes: readonly { id: string; name: string }[];
}

/** Absences, extra hours or closures, each of which can be taken back. */
export function ExceptionList({ exceptions, substitutes }: Props) {
  const t = useMessages(messages);
  const format = useFormat();
  const problemText = useProblemText();
  const remove = useRemoveException();
  if (exceptions.length === 0) return null;

  async function takeBack(id: string) {
    try {
      await remove.mutateAsync(id);
      toast(t("exceptions.removed"));
    } catch (error) {
      toast(problemText(error), "bad");
    }
  }

  return (
    <ul role="list" className={styles.list}>
      {exceptions.map(({ id, details }) => {
        const { kind, from_date, to_date, from, to, note } = details;
        const days =
          from_date === to_date
            ? format.date(noon(from_date))
            : `${format.date(noon(from_date))} – ${format.date(noon(to_date))}`;
        const hours = from != null && to != null ? `, ${clock(from)}–${clock(to)}` : "";
        const standIn = substitutes.find(
          (one) => one.id === (details.substitute ?? details.substitute_resource),
        )?.name;
        return (
          <li key={id} className={styles.item}>
            <div>
              <p className={styles.name}>
                {t(`exceptions.kind.${kind}`)}: {days}
                {hours}
              </p>
              {standIn ? <p>{t("exceptions.substitute", { name: standIn })}</p> : null}
              {note ? <p className={styles.soft}>{note}</p> : null}
            </div>
            <Button variant="quiet" size="s" onClick={() => void takeBack(id)}>
              <Of of={`${t(`exceptions.kind.${kind}`)} ${days}`}>{t("exceptions.remove")}</Of>
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
