import { useQuery } from "@tanstack/react-query";
import { MailCheck } from "lucide-react";
import { useProblemText } from "@/api/problem";
import type { OutboxEntry } from "@/api/types";
import { useNow } from "@/features/rooms/hooks/useNow";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toasts";
import { outboxQuery, useRetryMail } from "../api/mail";
import { messages } from "../messages";
import styles from "./Operator.module.css";

export default function OutboxPage() {
  const t = useMessages(messages);
  const format = useFormat();
  const outbox = useQuery(outboxQuery);
  const entries = outbox.data ?? [];
  return (
    <>
      <PageHeader title={t("tabs.outbox")} lead={t("outbox.about")} />
      {outbox.isPending ? <Skeleton lines={5} /> : null}
      {outbox.isError ? (
        <LoadFailed error={outbox.error} onRetry={() => void outbox.refetch()} />
      ) : null}
      {outbox.data && entries.length === 0 ? (
        <EmptyState icon={MailCheck} title={t("outbox.empty")}>
          {t("outbox.empty_body")}
        </EmptyState>
      ) : null}
      {entries.length > 0 ? (
        <Table
          caption={t("outbox.table")}
          rows={entries}
          rowKey={(entry) => entry.id}
          columns={[
            {
              key: "subject",
              header: t("outbox.subject"),
              rowHeader: true,
              cell: (entry) => entry.subject,
            },
            { key: "to", header: t("outbox.to"), cell: (entry) => entry.to },
            {
              key: "created",
              header: t("outbox.created"),
              cell: (entry) => format.dateTime(entry.created_at),
            },
            { key: "state", header: t("outbox.state"), cell: (entry) => <State entry={entry} /> },
            {
              key: "retry",
              header: t("outbox.retry"),
              hideHeader: true,
              align: "end",
              cell: (entry) => (
                <span className={styles.action}>
                  <Retry entry={entry} />
                </span>
              ),
            },
          ]}
        />
      ) : null}
    </>
  );
}

function State({ entry: { delivery } }: { entry: OutboxEntry }) {
  const t = useMessages(messages);
  const format = useFormat();
  const now = useNow(5_000);
  switch (delivery.state) {
    case "sent":
      return <Badge tone="good">{t("outbox.sent")}</Badge>;
    case "failed":
      return (
        <span className={styles.state}>
          <Badge tone="bad">{t("outbox.failed")}</Badge>
          <span className={styles.error}>{delivery.error}</span>
        </span>
      );
    case "pending":
      return (
        <span className={styles.state}>
          <Badge tone={delivery.attempts > 0 ? "warn" : "info"}>{t("outbox.pending")}</Badge>
          <span>
            {Date.parse(delivery.next_attempt_at) > now
              ? t("outbox.next", { when: format.relative(delivery.next_attempt_at) })
              : t("outbox.now")}
            {delivery.attempts > 0
              ? ` ${t("outbox.attempts", { count: delivery.attempts })}`
              : null}
          </span>
          {delivery.last_error ? <span className={styles.error}>{delivery.last_error}</span> : null}
        </span>
      );
  }
}

function Retry({ entry }: { entry: OutboxEntry }) {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const retry = useRetryMail();

  async function again() {
    try {
      await retry.mutateAsync(entry.id);
      toast(t("outbox.retried", { to: entry.to }));
    } catch (error) {
      toast(problemText(error), "bad");
    }
  }

  return (
    <Button
      variant="secondary"
      size="s"
      busy={retry.isPending}
      aria-label={t("outbox.retry_label", { subject: entry.subject, to: entry.to })}
      onClick={() => void again()}
    >
      {t("outbox.retry")}
    </Button>
  );
}
