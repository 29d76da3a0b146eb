import { useState } from "react";
import { useLocation } from "wouter";
import { ApiProblem } from "@/api/problem";
import { useFormat, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { findOffered, moveAppointment, type Offered } from "../api";
import { useLoad } from "../hooks/useLoad";
import { useQuery } from "../hooks/useQuery";
import { changeMessages } from "../change/messages";
import { appointmentAddress } from "../model/address";
import { minutesOf } from "../model/appointment";
import type { ViewProps } from "../pages/AppointmentPage";
import styles from "./Appointment.module.css";
import { Loading } from "./Loading";
import { SlotPicker } from "./SlotPicker";
import { Text } from "./Text";

/** Another time for the same matter; the old one is given up only once the new one is ours. */
export default function MoveView(props: ViewProps & { onDone: () => void }) {
  const { appointment } = props;
  const { state, again } = useLoad(
    `matter:${appointment.office.id}:${appointment.matter}`,
    (signal) => findOffered(appointment.office.id, appointment.matter, signal),
    { keep: true },
  );
  return (
    <Loading state={state} onRetry={again}>
      {(offered) => <Move {...props} offered={offered} />}
    </Loading>
  );
}

function Move({
  appointment,
  secret,
  offered,
  onChanged,
  onReload,
  onDone,
}: ViewProps & { offered: Offered; onDone: () => void }) {
  const t = useMessages(changeMessages);
  const format = useFormat();
  const [, navigate] = useLocation();
  const { params, set } = useQuery();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const chosen = params.get("to");
  const start = chosen !== null && !Number.isNaN(Date.parse(chosen)) ? chosen : null;
  const back = () => navigate(appointmentAddress(secret), { replace: true });
  const now = t("move.now", {
    date: format.longDate(appointment.start),
    time: format.range(appointment.start, minutesOf(appointment)),
  });

  async function move(to: string) {
    setBusy(true);
    try {
      onChanged(await moveAppointment(secret, appointment.version, to));
      onDone();
      back();
    } catch (error) {
      const problem = ApiProblem.from(error);
      setRefused(problem);
      setBusy(false);
      set({ to: null }, { replace: true });
      if (problem.code === "conflict" || problem.code === "cut_off_passed") onReload();
    }
  }

  if (start) {
    const shown = { date: format.longDate(start), time: format.time(start) };
    return (
      <div className={styles.page}>
        <PageHeader
          key="sure"
          over={<Text of={appointment.office.name} />}
          title={t("move.sure", shown)}
          lead={now}
        />
        <div className={styles.actions}>
          <Button size="l" busy={busy} onClick={() => void move(start)}>
            {t("move.submit")}
          </Button>
          <Button variant="secondary" onClick={() => set({ to: null }, { replace: true })}>
            {t("move.other")}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className={styles.page}>
      <PageHeader
        key="choose"
        over={<Text of={appointment.office.name} />}
        title={t("move.title")}
        lead={now}
      />
      <div>
        <Button variant="secondary" onClick={back}>
          {t("move.keep")}
        </Button>
      </div>
      <SlotPicker
        offered={offered}
        choice={{
          form: appointment.form,
          official: null,
          people: appointment.people,
          interpreter: appointment.interpreter,
        }}
        pending={null}
        moving
        refused={refused}
        onPick={(slot) => set({ to: slot.start })}
      />
    </div>
  );
}
