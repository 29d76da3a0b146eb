import { useState } from "react";
import { Redirect, useLocation, useParams } from "wouter";
import { ApiProblem, useProblemText } from "@/api/problem";
import forms from "@/forms/forms.module.css";
import { useLanguage, useMessages } from "@/i18n";
import { Button, ButtonLink } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { confirm, findOffered, sendCode } from "../api";
import { CodeForm } from "../components/CodeForm";
import { HoldState } from "../components/HoldState";
import { LoadingStep } from "../components/Loading";
import { Summary } from "../components/Summary";
import { useFinish } from "../hooks/useFinish";
import { useLoad } from "../hooks/useLoad";
import { detailsMessages } from "../details/messages";
import { detailsAddress, matterAddress } from "../model/address";
import { type Hold, useDraft } from "../model/draft";

/** The last step: the code from the mail, and with it the appointment. */
export default function CodePage() {
  const t = useMessages(detailsMessages);
  const { office = "", matter = "" } = useParams();
  const { hold, details } = useDraft();
  const { state, again } = useLoad(
    `matter:${office}:${matter}`,
    (signal) => findOffered(office, matter, signal),
    { keep: true },
  );
  if (hold?.office !== office || hold.matter !== matter) {
    return <Redirect to={matterAddress(office, matter)} replace />;
  }
  if (details.email === "") return <Redirect to={detailsAddress(office, matter)} replace />;
  return (
    <LoadingStep
      state={state}
      onRetry={again}
      step={6}
      title={t("code.title")}
      lead={t("code.lead", { email: details.email.trim() })}
      asideLast
      aside={(offered) => <Summary offered={offered} choice={hold} slot={hold} />}
    >
      {() => <HoldState hold={hold}>{(open) => (open ? <Confirm hold={hold} /> : null)}</HoldState>}
    </LoadingStep>
  );
}

type Sent = { kind: "idle" } | { kind: "sent" } | { kind: "failed"; problem: ApiProblem };

function Confirm({ hold }: { hold: Hold }) {
  const t = useMessages(detailsMessages);
  const text = useProblemText();
  const language = useLanguage();
  const [, navigate] = useLocation();
  const finish = useFinish();
  const { details } = useDraft();
  const [sending, setSending] = useState(false);
  const [sent, setSent] = useState<Sent>({ kind: "idle" });

  async function again() {
    setSending(true);
    setSent({ kind: "idle" });
    try {
      await sendCode(hold.secret, details.email, language);
      setSent({ kind: "sent" });
    } catch (error) {
      setSent({ kind: "failed", problem: ApiProblem.from(error) });
    } finally {
      setSending(false);
    }
  }

  return (
    <CodeForm
      messages={detailsMessages}
      onCode={async (code) => finish(hold, await confirm(hold, details, code, language))}
      onProblem={(problem) => {
        if (problem.code !== "invalid") return false;
        // Something in the details: there it can be put right.
        navigate(detailsAddress(hold.office, hold.matter));
        return true;
      }}
    >
      <div role="status">
        {sent.kind === "sent" ? <Notice tone="good">{t("code.sent_again")}</Notice> : null}
        {sent.kind === "failed" ? <Notice tone="bad">{text(sent.problem)}</Notice> : null}
      </div>
      <div className={forms.actions}>
        <Button variant="secondary" busy={sending} onClick={() => void again()}>
          {t("code.again")}
        </Button>
        <ButtonLink variant="quiet" href={detailsAddress(hold.office, hold.matter)}>
          {t("code.other_address")}
        </ButtonLink>
      </div>
    </CodeForm>
  );
}
