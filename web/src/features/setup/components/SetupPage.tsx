import { useQuery } from "@tanstack/react-query";
import { ApiProblem } from "@/api/problem";
import { useLinkSecret } from "@/forms/secret";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { EntryColumn } from "@/features/session/components/EntryColumn";
import { ButtonLink } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { PageSpinner } from "@/ui/Spinner";
import { setupQuery } from "../api/setup";
import { messages } from "../messages";
import { SetupForm } from "./SetupForm";

export default function SetupPage() {
  const t = useMessages(messages);
  const secret = useLinkSecret();
  const setup = useQuery(setupQuery);

  if (setup.isPending) return <PageSpinner />;
  if (setup.isError) {
    return (
      <EntryColumn title={t("title")}>
        <LoadFailed error={ApiProblem.from(setup.error)} onRetry={() => void setup.refetch()} />
      </EntryColumn>
    );
  }
  if (!setup.data.needed) {
    return (
      <EntryColumn
        title={t("done.title")}
        lead={t("done.body")}
        after={<ButtonLink href="/sign-in">{t("done.sign_in")}</ButtonLink>}
      />
    );
  }
  if (secret === "") {
    return (
      <EntryColumn title={t("title")}>
        <Notice tone="warn" title={t("no_secret.title")}>
          {t("no_secret.body")}
        </Notice>
      </EntryColumn>
    );
  }
  return (
    <EntryColumn title={t("title")} lead={t("intro")}>
      <SetupForm secret={secret} />
    </EntryColumn>
  );
}
