import { useQuery } from "@tanstack/react-query";
import { ClipboardList, Plus } from "lucide-react";
import { useState } from "react";
import { useProblemText } from "@/api/problem";
import type { Matter } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { ConfirmDialog } from "@/ui/aria/Dialog";
import { Badge } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Link } from "@/ui/Link";
import { Of } from "@/ui/Of";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toasts";
import { setupQueries, useArchiveMatter, useSaveMatter } from "../api/setup";
import { messages } from "../messages";
import { SetupArea } from "./SetupArea";
import styles from "./Setup.module.css";

export default function MattersPage() {
  const t = useMessages(messages);
  const format = useFormat();
  const problemText = useProblemText();
  const matters = useQuery(setupQueries.matters);
  const save = useSaveMatter();
  const [archiving, setArchiving] = useState<Matter | null>(null);
  const list = matters.data ?? [];
  const add = (
    <ButtonLink href="/booking-setup/matters/new" icon={Plus}>
      {t("matters.new")}
    </ButtonLink>
  );

  async function offerAgain(matter: Matter) {
    try {
      // Writing an archived matter offers it again.
      await save.mutateAsync({ matter: matter.id, details: matter.details });
      toast(t("matters.offered", { name: pick(matter.details.name, t.language) }));
    } catch (error) {
      toast(problemText(error), "bad");
    }
  }

  return (
    <>
      <PageHeader
        title={t("matters.title")}
        lead={t("matters.lead")}
        actions={list.length > 0 ? add : null}
      />
      <SetupArea>
        {matters.isPending ? <Skeleton lines={5} /> : null}
        {matters.isError ? (
          <LoadFailed error={matters.error} onRetry={() => void matters.refetch()} />
        ) : null}
        {matters.data?.length === 0 ? (
          <EmptyState icon={ClipboardList} title={t("matters.empty")} action={add}>
            {t("matters.empty_body")}
          </EmptyState>
        ) : null}
        {list.length > 0 ? (
          <Table
            caption={t("matters.title")}
            rows={list}
            rowKey={(matter) => matter.id}
            columns={[
              {
                key: "name",
                header: t("matters.name"),
                rowHeader: true,
                cell: (matter) => (
                  <>
                    <Link href={`/booking-setup/matters/${matter.id}`}>
                      {pick(matter.details.name, t.language)}
                    </Link>{" "}
                    {matter.archived ? <Badge>{t("matters.archived")}</Badge> : null}
                  </>
                ),
              },
              {
                key: "forms",
                header: t("matters.forms"),
                cell: (matter) => format.list(matter.details.forms.map((one) => t(`form.${one}`))),
              },
              {
                key: "duration",
                header: t("matters.duration"),
                align: "end",
                cell: (matter) => t("minutes", { count: matter.details.duration_minutes }),
              },
              {
                key: "actions",
                header: t("matters.actions"),
                hideHeader: true,
                align: "end",
                cell: (matter) => {
                  const name = pick(matter.details.name, t.language);
                  return (
                    <span className={styles.buttons}>
                      {matter.archived ? (
                        <Button variant="quiet" size="s" onClick={() => void offerAgain(matter)}>
                          <Of of={name}>{t("matters.offer")}</Of>
                        </Button>
                      ) : (
                        <Button variant="quiet" size="s" onClick={() => setArchiving(matter)}>
                          <Of of={name}>{t("matters.archive")}</Of>
                        </Button>
                      )}
                    </span>
                  );
                },
              },
            ]}
          />
        ) : null}
      </SetupArea>
      {archiving ? <Archive matter={archiving} onClose={() => setArchiving(null)} /> : null}
    </>
  );
}

function Archive({ matter, onClose }: { matter: Matter; onClose: () => void }) {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const archive = useArchiveMatter();
  const name = pick(matter.details.name, t.language);

  async function confirm() {
    try {
      await archive.mutateAsync(matter.id);
      toast(t("matters.archived_now", { name }));
    } catch (error) {
      toast(problemText(error), "bad");
    }
    onClose();
  }

  return (
    <ConfirmDialog
      open
      title={t("matters.archive_title", { name })}
      confirm={t("matters.archive")}
      variant="primary"
      busy={archive.isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{t("matters.archive_body")}</p>
    </ConfirmDialog>
  );
}
