import { CalendarX2, Pencil, Video } from "lucide-react";
import { lazy, Suspense } from "react";
import { useLocation } from "wouter";
import { useFormat, useMessages } from "@/i18n";
import { Button, ButtonLink } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { PageSpinner } from "@/ui/Spinner";
import type { Arrival } from "../hooks/useFinish";
import { useNow } from "../hooks/useNow";
import { appointmentMessages } from "../appointment/messages";
import { messages } from "../messages";
import { appointmentAddress, officeAddress } from "../model/address";
import { isOpen, joinPhase } from "../model/appointment";
import type { CitizenAppointment } from "../model/types";
import type { Changed, ViewProps } from "../pages/AppointmentPage";
import { AddToCalendar } from "./AddToCalendar";
import { AppointmentFacts } from "./AppointmentFacts";
import styles from "./Appointment.module.css";
import { Text } from "./Text";

// Only for a slot that isn't confirmed yet.
const PendingHold = lazy(() => import("./PendingHold"));

/** The appointment as it is now, and what can be done about it. */
export function AppointmentView(props: ViewProps & { changed: Changed }) {
  const { appointment, secret, changed } = props;
  const t = useMessages(appointmentMessages);
  const booking = useMessages(messages);
  const format = useFormat();
  const [, navigate] = useLocation();
  // One comes from booking by navigation; a reload keeps that in the browser's history.
  const booked = (history.state as Arrival | null)?.booked === true;
  const { state } = appointment;

  if (state === "held") {
    return (
      <Suspense fallback={<PageSpinner />}>
        <PendingHold {...props} />
      </Suspense>
    );
  }
  const open = isOpen(state);
  const fresh = booked && state === "confirmed" && !changed;
  return (
    <div className={styles.page}>
      <PageHeader
        key={`${state} ${String(changed)}`}
        over={<Text of={appointment.office.name} />}
        title={fresh ? t("appointment.booked") : t(`appointment.title.${state}`)}
        lead={fresh ? t("appointment.booked_lead", { email: appointment.email }) : undefined}
      />
      <div role="status" className={styles.status}>
        {changed === "moved" ? <Notice tone="good">{t("appointment.moved")}</Notice> : null}
        {changed === "cancelled" ? <Notice tone="good">{t("appointment.cancelled")}</Notice> : null}
      </div>
      {appointment.stranded && open ? (
        <Notice tone="warn" title={t("appointment.stranded")}>
          {t("appointment.stranded_body")}
        </Notice>
      ) : null}
      {open ? (
        <>
          {appointment.code ? <Code appointment={appointment} /> : null}
          {appointment.join_url ? (
            <Join appointment={appointment} url={appointment.join_url} />
          ) : null}
        </>
      ) : null}
      <AppointmentFacts appointment={appointment} />
      {open ? (
        <div>
          <AddToCalendar appointment={appointment} />
        </div>
      ) : null}
      {open && appointment.documents.length > 0 ? (
        <section aria-labelledby="documents" className={styles.section}>
          <h2 id="documents" className={styles.heading}>
            {booking("documents")}
          </h2>
          <ul className={styles.documents}>
            {appointment.documents.map((document, index) => (
              <li key={index}>
                <Text of={document} />
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {appointment.can_change ? (
        <section aria-labelledby="change" className={styles.section}>
          <h2 id="change" className={styles.heading}>
            {t("appointment.change")}
          </h2>
          <p>
            {t("appointment.change_until", {
              date: format.longDate(appointment.change_until),
              time: format.time(appointment.change_until),
            })}
          </p>
          <div className={styles.actions}>
            <Button
              variant="secondary"
              icon={Pencil}
              onClick={() => navigate(appointmentAddress(secret, "move"))}
            >
              {t("appointment.move")}
            </Button>
            <Button
              variant="secondary"
              icon={CalendarX2}
              onClick={() => navigate(appointmentAddress(secret, "cancel"))}
            >
              {t("appointment.cancel")}
            </Button>
          </div>
        </section>
      ) : null}
      {open && !appointment.can_change && state === "confirmed" ? (
        <Notice>
          {t("appointment.too_late")} {appointment.office.phone}
        </Notice>
      ) : null}
      {open ? null : (
        <ButtonLink href={officeAddress(appointment.office.id)} variant="secondary">
          {t("appointment.another")}
        </ButtonLink>
      )}
      {open ? <p className={styles.small}>{t("appointment.keep_link")}</p> : null}
    </div>
  );
}

function Code({ appointment }: { appointment: CitizenAppointment }) {
  const t = useMessages(appointmentMessages);
  return (
    <Card className={styles.code}>
      <p>{t("appointment.code")}</p>
      <p className={styles.letters}>{appointment.code}</p>
      {appointment.form === "in_person" ? (
        <p className={styles.small}>{t("appointment.code_hint")}</p>
      ) : null}
    </Card>
  );
}

function Join({ appointment, url }: { appointment: CitizenAppointment; url: string }) {
  const t = useMessages(appointmentMessages);
  const now = useNow(10_000);
  const phase = joinPhase(appointment, now);
  if (phase === "over") return null;
  return (
    <section aria-labelledby="join" className={styles.join}>
      <h2 id="join" className={styles.heading}>
        {t("join.title")}
      </h2>
      <p role="status">{t(phase === "now" ? "join.now" : "join.early")}</p>
      {/* The room's page is another part of the client; its secret is in the address. */}
      <a href={url} className={phase === "now" ? styles.enter : styles.test}>
        <Video aria-hidden focusable="false" className={styles.camera} />
        {t(phase === "now" ? "join.enter" : "join.test")}
      </a>
    </section>
  );
}
