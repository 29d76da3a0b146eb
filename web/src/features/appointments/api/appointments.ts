/** Appointments as officials see them, and what officials do with them. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { booking } from "@/api/booking";
import { ApiProblem } from "@/api/problem";
import { call } from "@/api/client";
import type {
  Appointment,
  AppointmentId,
  BookForCaller,
  Form,
  MatterId,
  PersonId,
} from "@/api/types";
import { addDays, officeDay } from "../model/days";

export const keys = {
  all: ["booking"] as const,
  lists: ["booking", "lists"] as const,
  one: (id: AppointmentId) => ["booking", "one", id] as const,
};

/** Somebody checks in, somebody enters the waiting room: the day is looked at expecting change. */
const DAY_MS = 5_000;
const LIST_MS = 20_000;

export interface SlotWish {
  matter: MatterId;
  form: Form;
  /** First day, `2026-11-27`. */
  from: string;
  official: PersonId | null;
  people: number;
  interpreter: boolean;
}

export const appointmentQueries = {
  day: (date: string, official: PersonId) =>
    queryOptions({
      queryKey: [...keys.lists, "day", date, official] as const,
      queryFn: ({ signal }) =>
        call(booking.GET("/booking/v1/day", { params: { query: { date, official } }, signal })),
      refetchInterval: DAY_MS,
    }),
  range: (from: string, to: string, official: PersonId) =>
    queryOptions({
      queryKey: [...keys.lists, "range", from, to, official] as const,
      queryFn: ({ signal }) =>
        call(
          booking.GET("/booking/v1/appointments", {
            params: { query: { from, to, official } },
            signal,
          }),
        ),
      refetchInterval: LIST_MS,
    }),
  /**
   * Each look at it is written into its log, so it is read once and again only after a change that
   * was made here; the day's list says when somebody else changed it.
   */
  one: (id: AppointmentId) =>
    queryOptions({
      queryKey: keys.one(id),
      queryFn: ({ signal }) =>
        call(
          booking.GET("/booking/v1/appointments/{appointment}", {
            params: { path: { appointment: id } },
            signal,
          }),
        ),
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
    }),
  slots: (wish: SlotWish) =>
    queryOptions({
      queryKey: [...keys.lists, "slots", wish] as const,
      queryFn: ({ signal }) =>
        call(
          booking.GET("/booking/v1/matters/{matter}/slots", {
            params: {
              path: { matter: wish.matter },
              query: {
                form: wish.form,
                from: wish.from,
                limit: SLOTS,
                people: wish.people,
                ...(wish.official ? { official: wish.official } : {}),
                ...(wish.interpreter ? { interpreter: true } : {}),
              },
            },
            signal,
          }),
        ),
    }),
};

/** How far ahead stranded appointments are asked for at once (booking's own limit). */
const AHEAD_DAYS = 800;

/** Everything in the office that a change of hours has left without its official. */
export const strandedQuery = queryOptions({
  queryKey: [...keys.lists, "stranded"] as const,
  queryFn: ({ signal }) => {
    const today = officeDay(Date.now());
    return call(
      booking.GET("/booking/v1/appointments", {
        params: { query: { from: today, to: addDays(today, AHEAD_DAYS), stranded: true } },
        signal,
      }),
    );
  },
  refetchInterval: 60_000,
});

/** Slots shown at once. */
export const SLOTS = 60;

export type Step = "arrive" | "call" | "start" | "done" | "no-show";

const PATHS = {
  arrive: "/booking/v1/appointments/{appointment}/arrive",
  call: "/booking/v1/appointments/{appointment}/call",
  start: "/booking/v1/appointments/{appointment}/start",
  done: "/booking/v1/appointments/{appointment}/done",
  "no-show": "/booking/v1/appointments/{appointment}/no-show",
} as const;

/** Puts the answer in place and has the lists read again, also after a refusal: somebody was faster. */
function useChange<V>(run: (variables: V) => Promise<Appointment>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    // Without a connection it fails at once, and isn't done by surprise when the connection is back.
    networkMode: "always",
    onSuccess: (changed) => client.setQueryData(keys.one(changed.id), changed),
    onSettled: () => client.invalidateQueries({ queryKey: keys.lists }),
  });
}

export function useStep() {
  return useChange(({ id, step }: { id: AppointmentId; step: Step }) =>
    call(booking.POST(PATHS[step], { params: { path: { appointment: id } } })),
  );
}

export function useBook() {
  return useChange((body: BookForCaller) =>
    call(booking.POST("/booking/v1/appointments", { body })),
  );
}

export function useMove(id: AppointmentId) {
  return useChange(
    (body: { version: number; start: string; official: PersonId | null; message: string }) =>
      call(
        booking.POST("/booking/v1/appointments/{appointment}/move", {
          params: { path: { appointment: id } },
          body,
        }),
      ),
  );
}

export function useCancel(id: AppointmentId) {
  return useChange((body: { version: number; message: string }) =>
    call(
      booking.POST("/booking/v1/appointments/{appointment}/cancel", {
        params: { path: { appointment: id } },
        body,
      }),
    ),
  );
}

export function useHandOver(id: AppointmentId) {
  return useChange((body: { version: number; official: PersonId; note: string }) =>
    call(
      booking.POST("/booking/v1/appointments/{appointment}/hand-over", {
        params: { path: { appointment: id } },
        body,
      }),
    ),
  );
}

/** Fails with `conflict` when there is a newer version of the notes; then that one is fetched. */
export function useSaveNotes(id: AppointmentId) {
  const client = useQueryClient();
  return useChange(async (body: { notes: string; version: number }) => {
    try {
      return await call(
        booking.PUT("/booking/v1/appointments/{appointment}/notes", {
          params: { path: { appointment: id } },
          body,
        }),
      );
    } catch (error) {
      if (error instanceof ApiProblem && error.code === "conflict") {
        await client.refetchQueries({ queryKey: keys.one(id) });
      }
      throw error;
    }
  });
}

/** A new secret address of one's own calendar feed; an earlier one stops working. */
export function useMakeCalendar() {
  return useMutation({
    mutationFn: () => call(booking.POST("/booking/v1/calendar")),
    gcTime: 0,
  });
}
