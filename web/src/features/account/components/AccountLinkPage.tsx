import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { ApiProblem } from "@/api/problem";
import { EntryColumn } from "@/features/session/components/EntryColumn";
import { LoadFailed } from "@/forms/LoadFailed";
import { useLinkSecret } from "@/forms/secret";
import { readStored, setLanguage, useMessages } from "@/i18n";
import { Link } from "@/ui/Link";
import { PageSpinner } from "@/ui/Spinner";
import { accountLinkQuery } from "../api/link";
import { messages } from "../messages";
import { SetPasswordForm } from "./SetPasswordForm";

/** Where the links of invitations and forgotten passwords lead. */
export default function AccountLinkPage() {
  const t = useMessages(messages);
  const secret = useLinkSecret();
  const link = useQuery({ ...accountLinkQuery(secret), enabled: secret !== "" });

  // The link speaks the person's language, unless this browser's user chose another.
  const language = link.data?.language;
  useEffect(() => {
    if (language && readStored() === null) void setLanguage(language, false);
  }, [language]);

  if (secret === "") {
    return <EntryColumn title={t("link.missing_title")} lead={t("link.missing_body")} />;
  }
  if (link.isPending) return <PageSpinner />;
  if (link.isError) {
    const problem = ApiProblem.from(link.error);
    const dead = ["token_expired", "not_found", "link_invalid"].includes(problem.code);
    if (!dead) {
      return (
        <EntryColumn title={t("link.reset_title")}>
          <LoadFailed error={problem} onRetry={() => void link.refetch()} />
        </EntryColumn>
      );
    }
    return (
      <EntryColumn
        title={t("link.used_title")}
        lead={t("link.used_body")}
        after={
          <>
            <Link href="/sign-in">{t("link.sign_in")}</Link>
            <Link href="/forgot-password">{t("link.new_link")}</Link>
          </>
        }
      />
    );
  }
  const invitation = link.data.purpose === "invitation";
  return (
    <EntryColumn
      title={invitation ? t("link.invitation_title") : t("link.reset_title")}
      lead={
        invitation
          ? t("link.invitation_lead", { office: link.data.office_name })
          : t("link.reset_lead")
      }
    >
      <SetPasswordForm secret={secret} link={link.data} />
    </EntryColumn>
  );
}
