import { useQuery } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";
import { Link } from "@/ui/Link";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { Table } from "@/ui/Table";
import { setupQueries } from "../api/setup";
import { messages } from "../messages";
import { clock } from "../model/hours";
import { SetupArea } from "./SetupArea";

export default function OfficialsPage() {
  const t = useMessages(messages);
  const officials = useQuery(setupQueries.officials);
  const resources = useQuery(setupQueries.resources);
  const place = (id: string | null | undefined) =>
    resources.data?.find((one) => one.id === id)?.name ?? "–";
  return (
    <>
      <PageHeader title={t("officials.title")} lead={t("officials.lead")} />
      <SetupArea>
        {officials.isPending ? <Skeleton lines={5} /> : null}
        {officials.isError ? (
          <LoadFailed error={officials.error} onRetry={() => void officials.refetch()} />
        ) : null}
        {officials.data?.length === 0 ? (
          <EmptyState icon={Users} title={t("officials.empty")}>
            {t("officials.empty_body")}
          </EmptyState>
        ) : null}
        {officials.data && officials.data.length > 0 ? (
          <Table
            caption={t("officials.title")}
            rows={officials.data}
            rowKey={(official) => official.id}
            columns={[
              {
                key: "name",
                header: t("officials.name"),
                rowHeader: true,
                cell: (official) => (
                  <Link href={`/booking-setup/officials/${official.id}`}>{official.name}</Link>
                ),
              },
              {
                key: "hours",
                header: t("officials.hours"),
                cell: (official) =>
                  official.hours.length === 0
                    ? t("officials.no_hours")
                    : official.hours
                        .map(
                          (one) =>
                            `${t(`day_short.${one.weekday as 1 | 2 | 3 | 4 | 5 | 6 | 7}`)} ${clock(one.from)}–${clock(one.to)}`,
                        )
                        .join(", "),
              },
              {
                key: "desk",
                header: t("officials.desk"),
                cell: (official) => place(official.desk),
              },
            ]}
          />
        ) : null}
      </SetupArea>
    </>
  );
}
