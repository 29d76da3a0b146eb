/** What the form for a new or changed meeting holds, and what it sends. */
import type { CalendarDate, Time } from "@internationalized/date";

import type {
  ChangeRoom,
  FieldReason,
  Language,
  NewInvitee,
  NewRoom,
  Room,
  RoomRole,
} from "@/api/types";
import { looksLikeEmail } from "@/forms/email";
import { readWallClock, wallClock } from "./warsaw";

/** Longest title and description, in characters, and the shortest and longest meeting, in minutes. */
export const TITLE_MAX = 200;
export const DESCRIPTION_MAX = 2000;
export const DURATION_MIN = 5;
export const DURATION_MAX = 720;
export const DURATIONS = [15, 30, 45, 60, 90, 120, 180, 240] as const;
/** A start that is no further back than this still counts as now. */
const GRACE_MS = 5 * 60_000;

/** Why the form can't be sent: the server's reasons, and two that only a wall clock knows. */
export type Reason = FieldReason | "clocks_leap" | "past";

export interface Fault {
  /** As the server names it: `title`, `starts_at`, `invitees.0.email`. */
  field: string;
  reason: Reason;
}

export type Checked<T> = { ok: true; value: T } | { ok: false; faults: Fault[] };

/** Somebody on the list of a meeting that doesn't exist yet. */
export interface DraftInvitee {
  /** A colleague's id; none for somebody from outside. */
  person: string | null;
  name: string;
  email: string;
  language: Language;
  role: RoomRole;
}

export interface RoomForm {
  title: string;
  date: CalendarDate | null;
  time: Time | null;
  durationMinutes: number;
  waitingRoom: boolean;
  description: string;
  invitees: DraftInvitee[];
}

export function formOf(room: Room): RoomForm {
  return {
    title: room.title,
    ...wallClock(room.starts_at),
    durationMinutes: room.duration_minutes,
    waitingRoom: room.waiting_room,
    description: room.description,
    invitees: [],
  };
}

export function toNewRoom(form: RoomForm, now: number): Checked<NewRoom> {
  const faults = commonFaults(form);
  const start = readStart(form, now);
  if (!start.ok) faults.push(...start.faults);
  form.invitees.forEach((invitee, index) => {
    const others = form.invitees.slice(0, index).map((other) => other.email);
    faults.push(...inviteeFaults(invitee, others, `invitees.${index}.`));
  });
  if (faults.length > 0 || !start.ok) return { ok: false, faults };
  return {
    ok: true,
    value: {
      title: form.title.trim(),
      starts_at: start.value,
      duration_minutes: form.durationMinutes,
      waiting_room: form.waitingRoom,
      description: form.description.trim(),
      invitees: form.invitees.map(toNewInvitee),
    },
  };
}

/**
 * Only what differs: an unchanged time sends no new calendar entry to everyone. None when nothing
 * was changed.
 */
export function toChangeRoom(
  before: Room,
  form: RoomForm,
  now: number,
): Checked<ChangeRoom | null> {
  const faults = commonFaults(form);
  const moved = !sameWall(wallClock(before.starts_at), form);
  const start: Checked<string> = moved
    ? readStart(form, now)
    : { ok: true, value: before.starts_at };
  if (!start.ok) faults.push(...start.faults);
  if (faults.length > 0 || !start.ok) return { ok: false, faults };

  const change: ChangeRoom = {};
  const title = form.title.trim();
  const description = form.description.trim();
  if (title !== before.title) change.title = title;
  if (moved) change.starts_at = start.value;
  if (form.durationMinutes !== before.duration_minutes) {
    change.duration_minutes = form.durationMinutes;
  }
  if (form.waitingRoom !== before.waiting_room) change.waiting_room = form.waitingRoom;
  if (description !== before.description) change.description = description;
  return { ok: true, value: Object.keys(change).length > 0 ? change : null };
}

/** Whether the change makes the server write to everyone invited. */
export function sendsMail(change: ChangeRoom): boolean {
  return (
    change.title !== undefined ||
    change.starts_at !== undefined ||
    change.duration_minutes !== undefined
  );
}

export function toNewInvitee(draft: DraftInvitee): NewInvitee {
  const common = { language: draft.language, role: draft.role };
  return draft.person === null
    ? { email: draft.email.trim(), name: draft.name.trim(), ...common }
    : { person: draft.person, ...common };
}

/** `taken` are the addresses that are on the list already. */
export function inviteeFaults(
  invitee: DraftInvitee,
  taken: readonly string[],
  prefix = "",
): Fault[] {
  const faults: Fault[] = [];
  const email = invitee.email.trim();
  if (invitee.person === null) {
    if (email === "") faults.push({ field: `${prefix}email`, reason: "missing" });
    else if (!looksLikeEmail(email)) {
      faults.push({ field: `${prefix}email`, reason: "malformed" });
    }
    if (invitee.name.trim() === "") faults.push({ field: `${prefix}name`, reason: "missing" });
  }
  if (email !== "" && taken.some((other) => sameAddress(other, email))) {
    faults.push({ field: `${prefix}email`, reason: "taken" });
  }
  return faults;
}

export function sameAddress(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

function commonFaults(form: RoomForm): Fault[] {
  const faults: Fault[] = [];
  const title = [...form.title.trim()].length;
  if (title === 0) faults.push({ field: "title", reason: "missing" });
  if (title > TITLE_MAX) faults.push({ field: "title", reason: "too_long" });
  if ([...form.description.trim()].length > DESCRIPTION_MAX) {
    faults.push({ field: "description", reason: "too_long" });
  }
  const minutes = form.durationMinutes;
  if (!Number.isInteger(minutes) || minutes < DURATION_MIN || minutes > DURATION_MAX) {
    faults.push({ field: "duration_minutes", reason: "out_of_range" });
  }
  return faults;
}

function readStart(form: RoomForm, now: number): Checked<string> {
  const fault = (reason: Reason): Checked<string> => ({
    ok: false,
    faults: [{ field: "starts_at", reason }],
  });
  if (form.date === null || form.time === null) return fault("missing");
  const reading = readWallClock(form.date, form.time);
  if (reading.kind === "never") return fault("clocks_leap");
  if (Date.parse(reading.at) < now - GRACE_MS) return fault("past");
  return { ok: true, value: reading.at };
}

function sameWall(before: { date: CalendarDate; time: Time }, form: RoomForm): boolean {
  return (
    form.date?.compare(before.date) === 0 &&
    form.time?.hour === before.time.hour &&
    form.time.minute === before.time.minute
  );
}
