import { ApiProblem } from "@/api/problem";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { messages } from "../messages";

/** A meeting that can't be shown. `error` is null when it is there, but not for this. */
export function RoomProblem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const t = useMessages(messages);
  const { code } = error === null ? { code: "forbidden" as const } : ApiProblem.from(error);
  // An id that is no id at all is refused as invalid; to the reader it is the same.
  const gone = code === "not_found" || code === "invalid" || code === "forbidden";
  if (gone) {
    return (
      <>
        <PageHeader title={t("room.not_found_title")} lead={t("room.not_found_body")} />
        <ButtonLink href="/rooms" variant="secondary">
          {t("room.back")}
        </ButtonLink>
      </>
    );
  }
  return (
    <>
      <PageHeader title={t("list.title")} />
      <LoadFailed error={error} onRetry={onRetry} />
    </>
  );
}
