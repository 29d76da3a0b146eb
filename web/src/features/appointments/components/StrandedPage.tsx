import { useQuery } from "@tanstack/react-query";
import { CalendarCheck } from "lucide-react";
import { useNow } from "@/features/rooms/hooks/useNow";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { strandedQuery } from "../api/appointments";
import { messages } from "../messages";
import { Area } from "./Area";
import { Row } from "./Row";
import rowStyles from "./Row.module.css";

/** Appointments that a change of hours has left without their official, in the whole office. */
export default function StrandedPage() {
  const t = useMessages(messages);
  const now = useNow();
  const stranded = useQuery(strandedQuery);
  return (
    <>
      <PageHeader title={t("stranded.title")} lead={t("stranded.lead")} />
      <Area quiet>
        {stranded.isPending ? <Skeleton lines={5} /> : null}
        {stranded.isError ? (
          <LoadFailed error={stranded.error} onRetry={() => void stranded.refetch()} />
        ) : null}
        {stranded.data?.length === 0 ? (
          <EmptyState icon={CalendarCheck} title={t("stranded.empty_title")}>
            {t("stranded.empty_body")}
          </EmptyState>
        ) : null}
        {stranded.data && stranded.data.length > 0 ? (
          <ul role="list" className={rowStyles.list}>
            {stranded.data.map((one) => (
              <Row key={one.id} appointment={one} now={now} full moving level={2} />
            ))}
          </ul>
        ) : null}
      </Area>
    </>
  );
}
