import { useState } from "react";
import { useLocation } from "wouter";
import { ApiProblem, useProblemText } from "@/api/problem";
import { useFormat, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { releaseHold } from "../api";
import { appointmentMessages } from "../appointment/messages";
import { changeMessages } from "../change/messages";
import { detailsAddress } from "../model/address";
import { setDetails, setHold } from "../model/draft";
import type { ViewProps } from "../pages/AppointmentPage";
import { AppointmentFacts } from "./AppointmentFacts";
import styles from "./Appointment.module.css";
import { Text } from "./Text";

/** A slot that is only kept so far: booking goes on from here, e.g. after an offer by mail. */
export default function PendingHold({ appointment, secret, onReload }: ViewProps) {
  const t = useMessages(changeMessages);
  const about = useMessages(appointmentMessages);
  const format = useFormat();
  const [, navigate] = useLocation();
  const text = useProblemText();
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const until = appointment.expires_at ?? appointment.start;

  async function refuse() {
    setProblem(null);
    try {
      await releaseHold(secret);
    } catch (error) {
      setProblem(ApiProblem.from(error));
      return;
    }
    onReload();
  }

  function goOn() {
    setHold({
      secret,
      office: appointment.office.id,
      matter: appointment.matter,
      form: appointment.form,
      official: null,
      people: appointment.people,
      interpreter: appointment.interpreter,
      start: appointment.start,
      end: appointment.end,
      officialName: appointment.official_name,
      expiresAt: Date.parse(until),
      skewMs: 0,
      offered: appointment.offered,
    });
    setDetails({
      ...(appointment.name ? { name: appointment.name } : {}),
      ...(appointment.email ? { email: appointment.email } : {}),
    });
    navigate(detailsAddress(appointment.office.id, appointment.matter));
  }

  return (
    <div className={styles.page}>
      <PageHeader
        over={<Text of={appointment.office.name} />}
        title={about("appointment.title.held")}
        lead={t("pending.until", { date: format.longDate(until), time: format.time(until) })}
      />
      <AppointmentFacts appointment={appointment} />
      {problem ? (
        <Notice tone="bad" live="assertive">
          {text(problem)}
        </Notice>
      ) : null}
      <div className={styles.actions}>
        <Button size="l" onClick={goOn}>
          {t("pending.go_on")}
        </Button>
        <Button variant="secondary" onClick={() => void refuse()}>
          {t("pending.refuse")}
        </Button>
      </div>
    </div>
  );
}
