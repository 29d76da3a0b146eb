import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { ApiProblem, useProblemText } from "@/api/problem";
import forms from "@/forms/forms.module.css";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextArea } from "@/ui/Field";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { cancelAppointment } from "../api";
import { changeMessages } from "../change/messages";
import { appointmentAddress } from "../model/address";
import type { ViewProps } from "../pages/AppointmentPage";
import { AppointmentFacts } from "./AppointmentFacts";
import styles from "./Appointment.module.css";
import { Text } from "./Text";

/** Asks once more before the appointment is given up. */
export default function CancelView({
  appointment,
  secret,
  onChanged,
  onReload,
  onDone,
}: ViewProps & { onDone: () => void }) {
  const t = useMessages(changeMessages);
  const text = useProblemText();
  const [, navigate] = useLocation();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const back = () => navigate(appointmentAddress(secret), { replace: true });

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      onChanged(await cancelAppointment(secret, appointment.version, reason.trim()));
      onDone();
      back();
    } catch (error) {
      const refused = ApiProblem.from(error);
      setProblem(refused);
      setBusy(false);
      // Somebody else changed it: then this page shows what it is now.
      if (refused.code === "conflict" || refused.code === "cut_off_passed") onReload();
    }
  }

  return (
    <div className={styles.page}>
      <PageHeader
        over={<Text of={appointment.office.name} />}
        title={t("cancel.title")}
        lead={t("cancel.lead")}
      />
      <AppointmentFacts appointment={appointment} />
      <form className={forms.form} onSubmit={(event) => void submit(event)}>
        <TextArea
          label={t("cancel.reason")}
          hint={t("cancel.reason_hint")}
          optional
          rows={2}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <div role="alert" className={styles.status}>
          {problem ? <Notice tone="bad">{text(problem)}</Notice> : null}
        </div>
        <div className={forms.actions}>
          <Button type="submit" variant="danger" busy={busy}>
            {t("cancel.submit")}
          </Button>
          <Button variant="secondary" onClick={back}>
            {t("cancel.keep")}
          </Button>
        </div>
      </form>
    </div>
  );
}
