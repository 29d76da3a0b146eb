import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useProblemText } from "@/api/problem";
import type { Official } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { Select } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { previewHours, setupQueries, useSaveDesk, useSaveHours } from "../api/setup";
import { messages } from "../messages";
import { Absences } from "./Absences";
import { HoursEditor } from "./HoursEditor";
import styles from "./Setup.module.css";

interface Props {
  official: string;
  /** The page is one's own. */
  own?: boolean;
  over?: ReactNode;
  /** Between the heading and the rest. */
  children?: ReactNode;
}

/** When somebody is there, when not, and where. */
export function OfficialHours({ official: id, own = false, over, children }: Props) {
  const t = useMessages(messages);
  const officials = useQuery(setupQueries.officials);
  const official = officials.data?.find((one) => one.id === id);
  const title = own ? t("hours.own_title") : (official?.name ?? t("officials.title"));
  return (
    <>
      <PageHeader title={title} over={over} lead={t("hours.lead")} />
      {children}
      {officials.isPending ? <Skeleton lines={8} /> : null}
      {officials.isError ? (
        <LoadFailed error={officials.error} onRetry={() => void officials.refetch()} />
      ) : null}
      {officials.data && !official ? <p>{t("officials.not_found")}</p> : null}
      {official ? (
        <div className={styles.stack}>
          <Weekly key={official.id} official={official} />
          <Absences official={official} officials={officials.data ?? []} />
          <Desk official={official} />
        </div>
      ) : null}
    </>
  );
}

function Weekly({ official }: { official: Official }) {
  const save = useSaveHours(official.id);
  return (
    <HoursEditor
      of="official"
      hours={official.hours}
      preview={(hours) => previewHours(official.id, hours)}
      save={save.mutateAsync}
      saving={save.isPending}
    />
  );
}

function Desk({ official }: { official: Official }) {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const resources = useQuery(setupQueries.resources);
  const save = useSaveDesk(official.id);
  const usable = (resources.data ?? []).filter((one) => !one.archived || one.id === official.desk);

  async function choose(desk: string) {
    try {
      await save.mutateAsync(desk || null);
      toast(t("hours.desk_saved"));
    } catch (error) {
      toast(problemText(error), "bad");
    }
  }

  return (
    <section className={styles.stackSection} aria-labelledby="desk">
      <h2 id="desk">{t("hours.desk_heading")}</h2>
      {resources.isError ? (
        <LoadFailed error={resources.error} onRetry={() => void resources.refetch()} />
      ) : null}
      <Select
        label={t("officials.desk")}
        hint={t("hours.desk_hint")}
        value={official.desk ?? ""}
        disabled={save.isPending}
        options={[
          { value: "", label: t("hours.no_desk") },
          ...usable.map((one) => ({ value: one.id, label: one.name })),
        ]}
        onChange={(event) => void choose(event.target.value)}
      />
    </section>
  );
}
