import { useCallback } from "react";
import { useLocation } from "wouter";
import { appointmentAddress } from "../model/address";
import { forgetDraft, type Hold } from "../model/draft";
import type { CitizenAppointment } from "../model/types";

/** What the page of an appointment is told when one comes to it from booking. */
export interface Arrival {
  booked: true;
}

/** Booked: what was typed is forgotten here, and the appointment's own page opens. */
export function useFinish(): (hold: Hold, appointment: CitizenAppointment) => void {
  const [, navigate] = useLocation();
  return useCallback(
    (hold) => {
      const arrival: Arrival = { booked: true };
      navigate(appointmentAddress(hold.secret), { replace: true, state: arrival });
      forgetDraft();
    },
    [navigate],
  );
}
