import { lazy, Suspense, useEffect, useState } from "react";
import { useSearch } from "wouter";
import { useMessages } from "@/i18n";
import { PageHeader } from "@/ui/PageHeader";
import { PageSpinner } from "@/ui/Spinner";
import { useLinkSecret } from "@/forms/secret";
import { viewAppointment } from "../api";
import { AppointmentView } from "../components/AppointmentView";
import { LoadingPage } from "../components/Loading";
import { useLoad } from "../hooks/useLoad";
import { appointmentMessages } from "../appointment/messages";
import type { CitizenAppointment } from "../model/types";

// Most only look.
const MoveView = lazy(() => import("../components/MoveView"));
const CancelView = lazy(() => import("../components/CancelView"));

/** What a view of an appointment gets. */
export interface ViewProps {
  appointment: CitizenAppointment;
  /** Opens the appointment; from the link. */
  secret: string;
  /** The server answered with what the appointment is now. */
  onChanged: (appointment: CitizenAppointment) => void;
  onReload: () => void;
}

/** `/booking/appointment#<secret>`: see, move, cancel, join. Nothing changes without a press. */
export default function AppointmentPage() {
  const t = useMessages(appointmentMessages);
  const secret = useLinkSecret();
  if (secret === "") {
    return <PageHeader title={t("no_link.title")} lead={t("no_link.body")} />;
  }
  return <Linked key={secret} secret={secret} />;
}

/** What the last change was, for a word about it above the appointment. */
export type Changed = "moved" | "cancelled" | null;

function Linked({ secret }: { secret: string }) {
  const search = useSearch();
  const view = new URLSearchParams(search).get("do");
  const { state, again, put } = useLoad(`appointment:${secret}`, (signal) =>
    viewAppointment(secret, signal),
  );
  const [changed, setChanged] = useState<Changed>(null);

  // Who comes back to this tab sees what it is now: the office may have changed it.
  useEffect(() => {
    const visible = () => document.visibilityState === "visible" && again();
    document.addEventListener("visibilitychange", visible);
    return () => document.removeEventListener("visibilitychange", visible);
  }, [again]);

  return (
    <LoadingPage state={state} onRetry={again}>
      {(appointment) => {
        const props: ViewProps = { appointment, secret, onChanged: put, onReload: again };
        if (appointment.can_change && view === "move") {
          return (
            <Suspense fallback={<PageSpinner />}>
              <MoveView {...props} onDone={() => setChanged("moved")} />
            </Suspense>
          );
        }
        if (appointment.can_change && view === "cancel") {
          return (
            <Suspense fallback={<PageSpinner />}>
              <CancelView {...props} onDone={() => setChanged("cancelled")} />
            </Suspense>
          );
        }
        return <AppointmentView {...props} changed={changed} />;
      }}
    </LoadingPage>
  );
}
