import { CalendarDate, Time } from "@internationalized/date";
import { describe, expect, it } from "vitest";

import type { Room } from "@/api/types";
import { type RoomForm, formOf, sendsMail, toChangeRoom, toNewRoom } from "./roomForm";

const NOW = Date.parse("2027-03-01T08:00:00Z");

const FORM: RoomForm = {
  title: "  Konsultacja w sprawie zasiłku ",
  date: new CalendarDate(2027, 3, 29),
  time: new Time(10, 15),
  durationMinutes: 30,
  waitingRoom: true,
  description: "",
  invitees: [],
};

const ROOM: Room = {
  id: "0198f2a0-0000-7000-8000-000000000001",
  title: "Konsultacja",
  description: "Proszę przygotować dowód.",
  host: "0198f2a0-0000-7000-8000-000000000002",
  host_name: "Anna Nowak",
  starts_at: "2027-10-31T01:30:00.000Z",
  duration_minutes: 30,
  waiting_room: true,
  status: "planned",
  my_role: "host",
  participants_now: 0,
  waiting_now: 0,
  invitees: [],
};

describe("toNewRoom", () => {
  it("sends the office's wall clock as an instant", () => {
    expect(toNewRoom(FORM, NOW)).toEqual({
      ok: true,
      value: {
        title: "Konsultacja w sprawie zasiłku",
        starts_at: "2027-03-29T08:15:00.000Z",
        duration_minutes: 30,
        waiting_room: true,
        description: "",
        invitees: [],
      },
    });
  });

  it("sends a colleague by id only and a person from outside by address", () => {
    const result = toNewRoom(
      {
        ...FORM,
        invitees: [
          { person: "p1", name: "Jan", email: "jan@urzad.pl", language: "pl", role: "co_host" },
          { person: null, name: " Ola ", email: " ola@x.ua ", language: "uk", role: "interpreter" },
        ],
      },
      NOW,
    );
    expect(result.ok && result.value.invitees).toEqual([
      { person: "p1", language: "pl", role: "co_host" },
      { email: "ola@x.ua", name: "Ola", language: "uk", role: "interpreter" },
    ]);
  });

  it("names every field that is wrong, as the server does", () => {
    const result = toNewRoom(
      {
        ...FORM,
        title: " ",
        date: new CalendarDate(2027, 3, 28),
        time: new Time(2, 30),
        durationMinutes: 721,
        description: "x".repeat(2001),
        invitees: [
          { person: null, name: "", email: "nowhere", language: "pl", role: "participant" },
          { person: null, name: "A", email: "a@b.pl", language: "pl", role: "participant" },
          { person: "p", name: "A", email: "A@B.pl", language: "pl", role: "participant" },
        ],
      },
      NOW,
    );
    expect(result).toEqual({
      ok: false,
      faults: [
        { field: "title", reason: "missing" },
        { field: "description", reason: "too_long" },
        { field: "duration_minutes", reason: "out_of_range" },
        { field: "starts_at", reason: "clocks_leap" },
        { field: "invitees.0.email", reason: "malformed" },
        { field: "invitees.0.name", reason: "missing" },
        { field: "invitees.2.email", reason: "taken" },
      ],
    });
  });

  it("counts characters, not UTF-16 units", () => {
    expect(toNewRoom({ ...FORM, title: "😀".repeat(200) }, NOW).ok).toBe(true);
    expect(toNewRoom({ ...FORM, title: "😀".repeat(201) }, NOW).ok).toBe(false);
  });

  it("refuses the past, but not a start that passed while the form was filled in", () => {
    const at = (hour: number, minute: number) => ({
      ...FORM,
      date: new CalendarDate(2027, 3, 1),
      time: new Time(hour, minute),
    });
    expect(toNewRoom(at(8, 56), NOW).ok).toBe(true);
    expect(toNewRoom(at(8, 54), NOW)).toEqual({
      ok: false,
      faults: [{ field: "starts_at", reason: "past" }],
    });
  });
});

describe("toChangeRoom", () => {
  it("is nothing when nothing changed, even in the hour that comes twice", () => {
    // 02:30 in winter time; read from the wall it would become 02:30 in summer time.
    expect(toChangeRoom(ROOM, formOf(ROOM), NOW)).toEqual({ ok: true, value: null });
  });

  it("lets the description of a meeting be changed after it began", () => {
    const later = Date.parse("2027-11-02T00:00:00Z");
    const form = { ...formOf(ROOM), description: "Inne" };
    const result = toChangeRoom(ROOM, form, later);
    expect(result).toEqual({ ok: true, value: { description: "Inne" } });
    expect(result.ok && result.value && sendsMail(result.value)).toBe(false);
  });

  it("sends the new time only when it was moved", () => {
    const form = { ...formOf(ROOM), time: new Time(9, 0) };
    const result = toChangeRoom(ROOM, form, NOW);
    expect(result).toEqual({ ok: true, value: { starts_at: "2027-10-31T08:00:00.000Z" } });
    expect(result.ok && result.value && sendsMail(result.value)).toBe(true);
  });
});
