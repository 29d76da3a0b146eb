import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useToday } from "@/features/appointments/hooks/useToday";
import { noon } from "@/features/appointments/model/days";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Select } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { setupQueries } from "../api/setup";
import { messages } from "../messages";
import { ExceptionDialog } from "./ExceptionDialog";
import { ExceptionList } from "./ExceptionList";
import { SetupArea } from "./SetupArea";
import styles from "./Setup.module.css";

/** Years ahead that can be looked at. */
const YEARS = 3;

/** The office's own closures, beside the public holidays, which are worked out. */
export default function ClosuresPage() {
  const t = useMessages(messages);
  const format = useFormat();
  const thisYear = Number(useToday().slice(0, 4));
  const [year, setYear] = useState(thisYear);
  const [from, to] = [`${year}-01-01`, `${year}-12-31`];
  const exceptions = useQuery(setupQueries.exceptions(from, to));
  const closed = useQuery(setupQueries.closedDays(from, to));
  const [adding, setAdding] = useState(false);
  const closures = (exceptions.data ?? []).filter((one) => one.details.kind === "closure");
  const holidays = (closed.data ?? []).filter((day) => day.holiday != null);
  const failed = exceptions.isError ? exceptions : closed.isError ? closed : null;
  return (
    <>
      <PageHeader
        title={t("closures.title")}
        lead={t("closures.lead")}
        actions={
          <Button icon={Plus} onClick={() => setAdding(true)}>
            {t("closures.add")}
          </Button>
        }
      />
      <SetupArea>
        <div className={styles.stack}>
          <Select
            label={t("closures.year")}
            value={String(year)}
            options={Array.from({ length: YEARS }, (_, index) => ({
              value: String(thisYear + index),
              label: String(thisYear + index),
            }))}
            onChange={(event) => setYear(Number(event.target.value))}
          />
          {failed ? (
            <LoadFailed error={failed.error} onRetry={() => void failed.refetch()} />
          ) : null}
          {exceptions.isPending || closed.isPending ? <Skeleton lines={6} /> : null}
          <div className={styles.columns}>
            {exceptions.data ? (
              <section className={styles.stackSection} aria-labelledby="own-closures">
                <h2 id="own-closures">{t("closures.own")}</h2>
                {closures.length === 0 ? (
                  <p className={styles.soft}>{t("closures.none", { year: String(year) })}</p>
                ) : null}
                <ExceptionList exceptions={closures} substitutes={[]} />
              </section>
            ) : null}
            {closed.data ? (
              <section className={styles.stackSection} aria-labelledby="holidays">
                <h2 id="holidays">{t("closures.holidays", { year: String(year) })}</h2>
                <ul role="list" className={styles.list}>
                  {holidays.map((day) => {
                    const name = `holiday.${day.holiday ?? ""}`;
                    return (
                      <li key={day.date} className={cx(styles.item, styles.stacked)}>
                        <p className={styles.name}>{t.has(name) ? t(name) : day.holiday}</p>
                        <p className={styles.soft}>{format.longDate(noon(day.date))}</p>
                      </li>
                    );
                  })}
                </ul>
              </section>
            ) : null}
          </div>
        </div>
      </SetupArea>
      {adding ? (
        <ExceptionDialog
          kind="closure"
          whom={null}
          substitutes={[]}
          onClose={() => setAdding(false)}
        />
      ) : null}
    </>
  );
}
