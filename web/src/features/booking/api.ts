import { api, call } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type { Language } from "@/api/types";
import type { Choice } from "./model/address";
import type { Details, Hold } from "./model/draft";
import type {
  CheckedIn,
  CitizenAppointment,
  DayCount,
  Form,
  PublicMatter,
  PublicOffice,
  Slot,
  SlotPage,
  WaitingPlace,
  WorkSolution,
} from "./model/types";
import { workOn } from "./work/work";

export function findOffices(q: string, signal: AbortSignal): Promise<PublicOffice[]> {
  return call(api.GET("/booking/v1/public/offices", { params: { query: { q } }, signal }));
}

export function findOffice(office: string, signal: AbortSignal): Promise<PublicOffice> {
  return call(
    api.GET("/booking/v1/public/offices/{office}", { params: { path: { office } }, signal }),
  );
}

export function findMatters(office: string, signal: AbortSignal): Promise<PublicMatter[]> {
  return call(
    api.GET("/booking/v1/public/offices/{office}/matters", {
      params: { path: { office } },
      signal,
    }),
  );
}

export interface Offered {
  office: PublicOffice;
  matter: PublicMatter;
}

/** One matter with its office. @throws {ApiProblem} `not_found` when the office offers it no more */
export async function findOffered(
  office: string,
  matter: string,
  signal: AbortSignal,
): Promise<Offered> {
  const [of, matters] = await Promise.all([
    findOffice(office, signal),
    findMatters(office, signal),
  ]);
  const found = matters.find((one) => one.id === matter);
  if (!found) throw new ApiProblem({ code: "not_found", status: 404 });
  return { office: of, matter: found };
}

export interface SlotWish extends Choice {
  office: string;
  matter: string;
}

interface Window {
  /** First day, `2026-11-30`. */
  from?: string;
  /** Only slots after this one. */
  after?: string;
  days?: number;
  limit: number;
}

export function findSlots(
  { office, matter, form, official, people, interpreter }: SlotWish,
  window: Window,
  signal: AbortSignal,
): Promise<SlotPage> {
  return call(
    api.GET("/booking/v1/public/offices/{office}/matters/{matter}/slots", {
      params: {
        path: { office, matter },
        query: { form, people, interpreter, ...(official ? { official } : {}), ...window },
      },
      signal,
    }),
  );
}

export function findDays(
  { office, matter, form, official, people, interpreter }: SlotWish,
  month: string,
  signal: AbortSignal,
): Promise<DayCount[]> {
  return call(
    api.GET("/booking/v1/public/offices/{office}/matters/{matter}/days", {
      params: {
        path: { office, matter },
        query: { form, people, interpreter, month, ...(official ? { official } : {}) },
      },
      signal,
    }),
  );
}

/** Solves a new challenge, beside the page. */
async function prove(signal: AbortSignal): Promise<WorkSolution> {
  const challenge = await call(api.POST("/booking/v1/public/challenges", { signal }));
  const { max_number: max, ...kept } = challenge;
  const number = await workOn({ challenge: kept.challenge, salt: kept.salt, max }, signal);
  return { ...kept, number };
}

/** Works for a slot, and has it kept. */
export async function hold(
  wish: SlotWish,
  slot: Pick<Slot, "start">,
  signal: AbortSignal,
): Promise<Hold> {
  const proof = await prove(signal);
  const outcome = await api
    .POST("/booking/v1/public/holds", {
      body: { ...wish, start: slot.start, proof },
      signal,
    })
    .catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw ApiProblem.from(error);
    });
  const held = await call(Promise.resolve(outcome));
  return {
    ...wish,
    secret: held.secret,
    start: held.start,
    end: held.end,
    officialName: held.official_name,
    expiresAt: Date.parse(held.expires_at),
    skewMs: skewOf(outcome.response),
    offered: false,
  };
}

/** Joins the waiting list; the secret opens the place. */
export async function joinWaiting(
  wish: SlotWish,
  details: {
    forms: Form[];
    from_date: string;
    to_date: string;
    name: string;
    email: string;
    language: Language;
  },
  signal: AbortSignal,
): Promise<string> {
  const { office, matter, official, people, interpreter } = wish;
  const { secret } = await call(
    api.POST("/booking/v1/public/waiting", {
      body: {
        office,
        matter,
        official,
        people,
        interpreter,
        ...details,
        notice_read: true,
        proof: await prove(signal),
      },
      signal,
    }),
  );
  return secret;
}

export function confirmWaiting(secret: string, code: string): Promise<WaitingPlace> {
  return call(api.POST("/booking/v1/public/waiting/confirm", { body: { secret, code } }));
}

export function viewWaiting(secret: string, signal: AbortSignal): Promise<WaitingPlace> {
  return call(api.POST("/booking/v1/public/waiting/view", { body: { secret }, signal }));
}

export function leaveWaiting(secret: string): Promise<unknown> {
  return call(api.POST("/booking/v1/public/waiting/leave", { body: { secret } }));
}

/** How far the server's clock is ahead of ours; its header names whole seconds. */
function skewOf(response: Response): number {
  const date = Date.parse(response.headers.get("date") ?? "");
  return Number.isNaN(date) ? 0 : date + 500 - Date.now();
}

export function releaseHold(secret: string): Promise<unknown> {
  return call(api.POST("/booking/v1/public/holds/release", { body: { secret } }));
}

export function sendCode(secret: string, email: string, language: Language): Promise<unknown> {
  return call(
    api.POST("/booking/v1/public/holds/code", { body: { secret, email: email.trim(), language } }),
  );
}

export function confirm(
  held: Hold,
  details: Details,
  code: string,
  language: Language,
): Promise<CitizenAppointment> {
  const answers = details.answersTo === held.matter ? details.answers : {};
  return call(
    api.POST("/booking/v1/public/holds/confirm", {
      body: {
        secret: held.secret,
        code,
        name: details.name.trim(),
        phone: held.form === "phone" ? details.phone.trim() : "",
        language,
        on_behalf_of: details.forSomebody ? details.onBehalfOf.trim() : null,
        accessibility: details.accessibility.trim(),
        answers: Object.entries(answers)
          .filter(([, value]) => value.trim() !== "")
          .map(([key, value]) => ({ key, value: value.trim() })),
        notice_read: true,
      },
    }),
  );
}

export function viewAppointment(secret: string, signal: AbortSignal): Promise<CitizenAppointment> {
  return call(api.POST("/booking/v1/public/appointments/view", { body: { secret }, signal }));
}

export function moveAppointment(
  secret: string,
  version: number,
  start: string,
): Promise<CitizenAppointment> {
  return call(
    api.POST("/booking/v1/public/appointments/move", { body: { secret, version, start } }),
  );
}

export function cancelAppointment(
  secret: string,
  version: number,
  reason: string,
): Promise<CitizenAppointment> {
  return call(
    api.POST("/booking/v1/public/appointments/cancel", { body: { secret, version, reason } }),
  );
}

export function checkIn(office: string, code: string): Promise<CheckedIn> {
  return call(api.POST("/booking/v1/public/kiosk", { body: { office, code } }));
}
