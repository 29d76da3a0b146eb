import { useState } from "react";
import { Redirect, useSearchParams } from "wouter";
import { useMe } from "@/api/me";
import { useMessages } from "@/i18n";
import { Link } from "@/ui/Link";
import { Notice } from "@/ui/Notice";
import { PageSpinner } from "@/ui/Spinner";
import { useEnter } from "../hooks/useEnter";
import { messages } from "../messages";
import { safeReturn } from "../model/returnTo";
import { CodeStep } from "./CodeStep";
import { EntryColumn } from "./EntryColumn";
import { PasswordStep } from "./PasswordStep";

/** What the first step found right and the second sends again with the code. */
export interface Credentials {
  email: string;
  password: string;
}

export default function SignInPage() {
  const t = useMessages(messages);
  const me = useMe();
  const [search] = useSearchParams();
  const next = safeReturn(search.get("next"));
  const enter = useEnter();
  const [credentials, setCredentials] = useState<Credentials | null>(null);

  if (me.isPending) return <PageSpinner />;
  if (me.data) return <Redirect to={next} replace />;

  if (credentials) {
    return (
      <EntryColumn title={t("code.title")} lead={t("code.lead")}>
        <CodeStep
          credentials={credentials}
          onSignedIn={(person) => enter(person, next)}
          onBack={() => setCredentials(null)}
        />
      </EntryColumn>
    );
  }
  return (
    <EntryColumn
      title={t("sign_in.title")}
      lead={t("sign_in.lead")}
      after={
        <p>{t.rich("sign_in.citizen", { a: (words) => <Link href="/booking">{words}</Link> })}</p>
      }
    >
      {search.get("why") === "expired" ? <Notice tone="warn">{t("sign_in.expired")}</Notice> : null}
      <PasswordStep onSignedIn={(person) => enter(person, next)} onCodeNeeded={setCredentials} />
    </EntryColumn>
  );
}
