import { type FormEvent, useState } from "react";
import { ApiProblem, useProblemText } from "@/api/problem";
import { isCode, readCode } from "@/forms/code";
import forms from "@/forms/forms.module.css";
import { useLinkSecret } from "@/forms/secret";
import { useRefusal } from "@/forms/useRefusal";
import { useFormat, useMessages } from "@/i18n";
import { Button, ButtonLink } from "@/ui/Button";
import { Card, Facts } from "@/ui/Card";
import { CopyField } from "@/ui/CopyField";
import { TextField } from "@/ui/Field";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { confirmWaiting, leaveWaiting, viewWaiting } from "../api";
import { appointmentMessages } from "../appointment/messages";
import styles from "../components/Appointment.module.css";
import { FormName } from "../components/FormName";
import { LoadingPage } from "../components/Loading";
import { Text } from "../components/Text";
import { useLoad } from "../hooks/useLoad";
import { matterAddress } from "../model/address";
import { noon } from "../model/slots";
import type { WaitingPlace } from "../model/types";
import { waitingMessages } from "../waiting/messages";

/** `/booking/waiting#<secret>`: a place on the waiting list, and the way off it. */
export default function WaitingPage() {
  const t = useMessages(appointmentMessages);
  const secret = useLinkSecret();
  if (secret === "") return <PageHeader title={t("no_link.title")} lead={t("no_link.body")} />;
  return <Linked key={secret} secret={secret} />;
}

function Linked({ secret }: { secret: string }) {
  const { state, again, put } = useLoad(`waiting:${secret}`, (signal) =>
    viewWaiting(secret, signal),
  );
  return (
    <LoadingPage state={state} onRetry={again}>
      {(place) => <Place place={place} secret={secret} onChanged={put} onReload={again} />}
    </LoadingPage>
  );
}

interface Props {
  place: WaitingPlace;
  secret: string;
  onChanged: (place: WaitingPlace) => void;
  onReload: () => void;
}

function Place({ place, secret, onChanged, onReload }: Props) {
  const t = useMessages(waitingMessages);
  const text = useProblemText();
  const format = useFormat();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const until = place.offer_until ?? "";
  const onList = place.state === "waiting" || place.state === "offered";

  async function leave() {
    setBusy(true);
    setProblem(null);
    try {
      await leaveWaiting(secret);
      onReload();
    } catch (error) {
      setProblem(ApiProblem.from(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className={styles.page}>
      <PageHeader
        key={place.state}
        over={<Text of={place.office_name} />}
        title={t(`state.${place.state}`)}
        lead={t(
          `lead.${place.state}`,
          until ? { date: format.longDate(until), time: format.time(until) } : undefined,
        )}
      />
      {place.state === "unconfirmed" ? <CodeForm secret={secret} onChanged={onChanged} /> : null}
      <Card>
        <Facts
          items={[
            { term: t("facts.matter"), value: <Text of={place.matter_name} /> },
            {
              term: t("facts.forms"),
              value: (
                <>
                  {place.forms.map((form) => (
                    <div key={form}>
                      <FormName of={form} />
                    </div>
                  ))}
                </>
              ),
            },
            {
              term: t("facts.days"),
              value: t("facts.span", {
                from: format.date(noon(place.from_date)),
                to: format.date(noon(place.to_date)),
              }),
            },
          ]}
        />
      </Card>
      <div role="alert" className={styles.status}>
        {problem ? <Notice tone="bad">{text(problem)}</Notice> : null}
      </div>
      {onList ? (
        <>
          <p className={styles.small}>{t("leave.hint")}</p>
          <CopyField label={t("link")} value={location.href} />
          <div>
            <Button variant="secondary" busy={busy} onClick={() => void leave()}>
              {t("leave.submit")}
            </Button>
          </div>
        </>
      ) : null}
      {place.state === "left" ? (
        <ButtonLink href={matterAddress(place.office, place.matter)}>{t("book")}</ButtonLink>
      ) : null}
    </div>
  );
}

function CodeForm({
  secret,
  onChanged,
}: {
  secret: string;
  onChanged: (place: WaitingPlace) => void;
}) {
  const t = useMessages(waitingMessages);
  const refusal = useRefusal(t);
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    if (!isCode(code)) return refusal.refuse([{ field: "code", reason: "malformed" }]);
    setBusy(true);
    refusal.clear();
    try {
      onChanged(await confirmWaiting(secret, code));
    } catch (error) {
      setCode("");
      refusal.refuseWith(error, { code_invalid: { field: "code", reason: "wrong" } });
      setBusy(false);
    }
  }

  return (
    <form className={forms.form} noValidate onSubmit={(event) => void submit(event)}>
      {refusal.summary}
      <TextField
        id={refusal.idOf("code")}
        label={t("code.label")}
        hint={t("code.hint")}
        error={refusal.errorOf("code")}
        width="short"
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(readCode(event.target.value))}
      />
      <div className={forms.actions}>
        <Button type="submit" size="l" busy={busy}>
          {t("code.submit")}
        </Button>
      </div>
    </form>
  );
}
