import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { AuditAction } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Select } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { Table } from "@/ui/Table";
import { auditQuery } from "../api/audit";
import { departmentsQuery } from "../api/departments";
import { peopleQuery } from "../api/people";
import { messages } from "../messages";
import { AUDIT_ACTIONS, type Names } from "../model/audit";
import styles from "./AuditPage.module.css";
import { AuditSentence } from "./AuditSentence";

export default function AuditPage() {
  const t = useMessages(messages);
  const format = useFormat();
  const [action, setAction] = useState<AuditAction | null>(null);
  const audit = useInfiniteQuery(auditQuery(action));
  const entries = audit.data?.pages.flatMap((page) => page.entries) ?? [];
  const names = useNames();
  const loaded = audit.data !== undefined;

  return (
    <>
      <PageHeader title={t("audit.title")} lead={t("audit.about")} />
      <Select
        className={styles.filter}
        label={t("audit.filter")}
        value={action ?? ""}
        options={[
          { value: "", label: t("audit.all") },
          ...AUDIT_ACTIONS.map((one) => ({ value: one, label: t(`act.${one}`) })),
        ]}
        onChange={(event) =>
          setAction(AUDIT_ACTIONS.find((one) => one === event.target.value) ?? null)
        }
      />
      {audit.isPending ? <Skeleton lines={8} /> : null}
      {entries.length > 0 ? (
        <Table
          caption={t("audit.table")}
          rows={entries}
          rowKey={(entry) => entry.seq}
          columns={[
            {
              key: "what",
              header: t("audit.what"),
              rowHeader: true,
              cell: (entry) => <AuditSentence entry={entry} names={names} />,
            },
            {
              key: "who",
              header: t("audit.who"),
              cell: (entry) =>
                entry.actor_name ??
                (entry.action === "sign_in_failed" || entry.action === "password_reset_requested"
                  ? t("audit.unknown")
                  : t("audit.system")),
            },
            {
              key: "when",
              header: t("audit.when"),
              cell: (entry) => (
                <time className={styles.when} dateTime={entry.at}>
                  {format.dateTime(entry.at)}
                </time>
              ),
            },
            {
              key: "network",
              header: t("audit.network"),
              cell: (entry) => entry.network ?? t("audit.none"),
            },
          ]}
        />
      ) : null}
      {audit.isError ? (
        <LoadFailed
          error={audit.error}
          onRetry={() => void (loaded ? audit.fetchNextPage() : audit.refetch())}
        />
      ) : null}
      {loaded ? (
        <div className={styles.more}>
          {audit.hasNextPage ? (
            <Button
              variant="secondary"
              busy={audit.isFetchingNextPage}
              onClick={() => void audit.fetchNextPage()}
            >
              {audit.isFetchingNextPage ? t("audit.loading_more") : t("audit.more")}
            </Button>
          ) : null}
          <p role="status">
            {entries.length === 0
              ? t("audit.empty")
              : `${t("audit.shown", { count: entries.length })}. ${audit.hasNextPage ? "" : t("audit.end")}`}
          </p>
        </div>
      ) : null}
    </>
  );
}

/** While they load, or when they don't, the log shows ids. */
function useNames(): Names {
  const people = useQuery(peopleQuery("")).data;
  const departments = useQuery(departmentsQuery).data;
  return useMemo(
    () => new Map([...(people ?? []), ...(departments ?? [])].map(({ id, name }) => [id, name])),
    [people, departments],
  );
}
