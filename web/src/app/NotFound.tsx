import { commonMessages, useMessages } from "@/i18n";
import { ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";

export function NotFound() {
  const t = useMessages(commonMessages);
  return (
    <>
      <PageHeader title={t("not_found.title")} lead={t("not_found.body")} />
      <ButtonLink href="/" variant="secondary">
        {t("not_found.home")}
      </ButtonLink>
    </>
  );
}
