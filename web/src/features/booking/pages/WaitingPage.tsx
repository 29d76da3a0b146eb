import { useState } from "react";
import { ApiProblem, useProblemText } from "@/api/problem";
import { useLinkSecret } from "@/forms/secret";
import { useFormat, useMessages } from "@/i18n";
import { Button, ButtonLink } from "@/ui/Button";
import { Card, Facts } from "@/ui/Card";
import { CopyField } from "@/ui/CopyField";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { confirmWaiting, leaveWaiting, viewWaiting } from "../api";
import { appointmentMessages } from "../appointment/messages";
import styles from "../components/Appointment.module.css";
import { CodeForm } from "../components/CodeForm";
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
      {place.state === "unconfirmed" ? (
        <CodeForm
          messages={waitingMessages}
          onCode={async (code) => onChanged(await confirmWaiting(secret, code))}
        />
      ) : null}
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
