import { useMessages } from "@/i18n";
import { ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { messages } from "../messages";

/** In the place of a page that the person's roles don't reach. */
export function Forbidden() {
  const t = useMessages(messages);
  return (
    <>
      <PageHeader title={t("forbidden.title")} lead={t("forbidden.body")} />
      <ButtonLink href="/rooms" variant="secondary">
        {t("forbidden.home")}
      </ButtonLink>
    </>
  );
}
