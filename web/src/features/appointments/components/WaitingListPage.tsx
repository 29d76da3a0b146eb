import { useQuery } from "@tanstack/react-query";
import { Hourglass } from "lucide-react";
import { useState } from "react";
import type { WaitingEntry } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useLanguage, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Of } from "@/ui/Of";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { Table } from "@/ui/Table";
import { waitingQuery } from "../api/waiting";
import { messages } from "../messages";
import { wishOf } from "../model/waiting";
import { Area } from "./Area";
import { RemoveWaitingDialog } from "./RemoveWaitingDialog";
import styles from "./WaitingListPage.module.css";

/** Who waits for a slot to become free, longest first. */
export default function WaitingListPage() {
  const t = useMessages(messages);
  const language = useLanguage();
  const format = useFormat();
  const waiting = useQuery(waitingQuery);
  const [removing, setRemoving] = useState<WaitingEntry | null>(null);
  return (
    <>
      <PageHeader title={t("waiting.title")} lead={t("waiting.lead")} />
      <Area>
        {waiting.isPending ? <Skeleton lines={5} /> : null}
        {waiting.isError ? (
          <LoadFailed error={waiting.error} onRetry={() => void waiting.refetch()} />
        ) : null}
        {waiting.data?.length === 0 ? (
          <EmptyState icon={Hourglass} title={t("waiting.empty_title")}>
            {t("waiting.empty_body")}
          </EmptyState>
        ) : null}
        {waiting.data && waiting.data.length > 0 ? (
          <Table
            caption={t("waiting.title")}
            rows={waiting.data}
            rowKey={(place) => place.id}
            columns={[
              {
                key: "name",
                header: t("waiting.who"),
                rowHeader: true,
                cell: (place) => (
                  <>
                    {place.name}
                    <span className={styles.email}>{place.email}</span>
                  </>
                ),
              },
              {
                key: "matter",
                header: t("waiting.matter"),
                cell: (place) => pick(place.matter_name, language),
              },
              {
                key: "wish",
                header: t("waiting.wish"),
                cell: (place) => (
                  <ul role="list" className={styles.wish}>
                    {wishOf(place, t, format).map((line) => (
                      <li key={line}>{line}</li>
                    ))}
                  </ul>
                ),
              },
              {
                key: "since",
                header: t("waiting.since"),
                cell: (place) => format.dateTime(place.since),
              },
              { key: "state", header: t("waiting.state"), cell: (place) => <State of={place} /> },
              {
                key: "actions",
                header: t("waiting.actions"),
                hideHeader: true,
                align: "end",
                cell: (place) => (
                  <Button variant="quiet" size="s" onClick={() => setRemoving(place)}>
                    <Of of={place.name}>{t("waiting.remove")}</Of>
                  </Button>
                ),
              },
            ]}
          />
        ) : null}
      </Area>
      {removing ? <RemoveWaitingDialog place={removing} onClose={() => setRemoving(null)} /> : null}
    </>
  );
}

function State({ of }: { of: WaitingEntry }) {
  const t = useMessages(messages);
  const format = useFormat();
  return (
    <>
      <Badge tone={of.state === "offered" ? "info" : "neutral"}>
        {t(`waiting.is.${of.state}`)}
      </Badge>
      {of.offer_start && of.offer_until ? (
        <span className={styles.offer}>
          {t("waiting.offer", {
            slot: format.dateTime(of.offer_start),
            until: format.dateTime(of.offer_until),
          })}
        </span>
      ) : null}
      {of.unanswered > 0 ? (
        <span className={styles.offer}>{t("waiting.unanswered", { count: of.unanswered })}</span>
      ) : null}
    </>
  );
}
