import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useProblemText } from "@/api/problem";
import type { System } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { ConfirmDialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Of } from "@/ui/Of";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toasts";
import { systemsQuery, useRevokeSystem } from "../api/systems";
import { messages } from "../messages";
import { AddSystemDialog } from "./AddSystemDialog";
import { SetupArea } from "./SetupArea";
import styles from "./Setup.module.css";

/** Which other systems may use the office's API, and what each may do. */
export default function SystemsPage() {
  const t = useMessages(messages);
  const format = useFormat();
  const systems = useQuery(systemsQuery);
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<System | null>(null);
  const list = systems.data ?? [];
  const add = (
    <Button icon={Plus} onClick={() => setAdding(true)}>
      {t("systems.add")}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={t("systems.title")}
        lead={t("systems.lead")}
        actions={list.length > 0 ? add : null}
      />
      <SetupArea>
        <div className={styles.stack}>
          {systems.isPending ? <Skeleton lines={4} /> : null}
          {systems.isError ? (
            <LoadFailed error={systems.error} onRetry={() => void systems.refetch()} />
          ) : null}
          {systems.data?.length === 0 ? (
            <EmptyState icon={KeyRound} title={t("systems.empty")} action={add}>
              {t("systems.empty_body")}
            </EmptyState>
          ) : null}
          {list.length > 0 ? (
            <Table
              caption={t("systems.title")}
              rows={list}
              rowKey={(system) => system.id}
              columns={[
                {
                  key: "name",
                  header: t("systems.name"),
                  rowHeader: true,
                  cell: (system) => system.name,
                },
                {
                  key: "scopes",
                  header: t("systems.scopes"),
                  cell: (system) =>
                    format.list(system.scopes.map((scope) => t(`systems.may.${scope}`))),
                },
                {
                  key: "created",
                  header: t("systems.created"),
                  cell: (system) => format.date(system.created_at),
                },
                {
                  key: "used",
                  header: t("systems.used"),
                  cell: (system) =>
                    system.last_used_at ? format.dateTime(system.last_used_at) : t("systems.never"),
                },
                {
                  key: "actions",
                  header: t("matters.actions"),
                  hideHeader: true,
                  align: "end",
                  cell: (system) => (
                    <Button variant="quiet" size="s" onClick={() => setRevoking(system)}>
                      <Of of={system.name}>{t("systems.revoke")}</Of>
                    </Button>
                  ),
                },
              ]}
            />
          ) : null}
        </div>
      </SetupArea>
      {adding ? <AddSystemDialog onClose={() => setAdding(false)} /> : null}
      {revoking ? <RevokeDialog system={revoking} onClose={() => setRevoking(null)} /> : null}
    </>
  );
}

function RevokeDialog({ system, onClose }: { system: System; onClose: () => void }) {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const revoke = useRevokeSystem();

  async function confirm() {
    try {
      await revoke.mutateAsync(system.id);
      toast(t("systems.revoked", { name: system.name }));
    } catch (error) {
      toast(problemText(error), "bad");
    }
    onClose();
  }

  return (
    <ConfirmDialog
      open
      title={t("systems.revoke_title", { name: system.name })}
      confirm={t("systems.revoke")}
      busy={revoke.isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{t("systems.revoke_body")}</p>
    </ConfirmDialog>
  );
}
