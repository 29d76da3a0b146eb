import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { ExceptionKind, Official } from "@/api/types";
import { useToday } from "@/features/appointments/hooks/useToday";
import { addDays } from "@/features/appointments/model/days";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Skeleton } from "@/ui/Spinner";
import { setupQueries } from "../api/setup";
import { messages } from "../messages";
import { ExceptionDialog } from "./ExceptionDialog";
import { ExceptionList } from "./ExceptionList";
import styles from "./Setup.module.css";

/** Days ahead that are listed (booking's longest range of one question). */
export const AHEAD_DAYS = 400;

/** When somebody is away, who stands in, and when they are there beyond their hours. */
export function Absences({
  official,
  officials,
}: {
  official: Official;
  officials: readonly Official[];
}) {
  const t = useMessages(messages);
  const today = useToday();
  const exceptions = useQuery(setupQueries.exceptions(today, addDays(today, AHEAD_DAYS)));
  const [adding, setAdding] = useState<ExceptionKind | null>(null);
  const own = (exceptions.data ?? []).filter((one) => one.details.official === official.id);
  return (
    <section className={styles.stackSection} aria-labelledby="exceptions">
      <h2 id="exceptions">{t("exceptions.heading")}</h2>
      <div className={styles.buttons}>
        <Button variant="secondary" size="s" icon={Plus} onClick={() => setAdding("absence")}>
          {t("exceptions.add_absence")}
        </Button>
        <Button variant="secondary" size="s" icon={Plus} onClick={() => setAdding("extra_hours")}>
          {t("exceptions.add_extra")}
        </Button>
      </div>
      {exceptions.isPending ? <Skeleton /> : null}
      {exceptions.isError ? (
        <LoadFailed error={exceptions.error} onRetry={() => void exceptions.refetch()} />
      ) : null}
      {exceptions.data && own.length === 0 ? (
        <p className={styles.soft}>{t("exceptions.none")}</p>
      ) : null}
      <ExceptionList exceptions={own} substitutes={officials} />
      {adding ? (
        <ExceptionDialog
          kind={adding}
          whom={official.id}
          substitutes={officials}
          onClose={() => setAdding(null)}
        />
      ) : null}
    </section>
  );
}
