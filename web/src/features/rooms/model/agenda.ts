/** Puts meetings under the headings of a day's list. */
import type { Room } from "@/api/types";
import { endOf, officeDay } from "./warsaw";

export interface Agenda {
  /** Goes on now, whatever day it began. */
  live: Room[];
  today: Room[];
  /** The days after today, in order. */
  later: { day: string; rooms: Room[] }[];
}

export function agenda(rooms: readonly Room[], now: number): Agenda {
  const today = officeDay(now);
  const result: Agenda = { live: [], today: [], later: [] };
  for (const room of [...rooms].sort(byStart)) {
    const day = officeDay(room.starts_at);
    const last = result.later.at(-1);
    if (room.status === "live") result.live.push(room);
    else if (day <= today) result.today.push(room);
    else if (last?.day === day) last.rooms.push(room);
    else result.later.push({ day, rooms: [room] });
  }
  return result;
}

/** Whether its time is now, though nobody may have come yet. */
export function isDue(room: Room, now: number): boolean {
  const start = Date.parse(room.starts_at);
  return (
    now >= start - 10 * 60_000 && now < Date.parse(endOf(room.starts_at, room.duration_minutes))
  );
}

export function isOver(room: Room): boolean {
  return room.status === "ended" || room.status === "cancelled";
}

export function moderates(room: Room): boolean {
  return room.my_role === "host" || room.my_role === "co_host";
}

function byStart(a: Room, b: Room): number {
  return a.starts_at.localeCompare(b.starts_at) || a.id.localeCompare(b.id);
}
