import { beforeEach, expect, it } from "vitest";
import {
  forgetDraft,
  leftMs,
  readDraft,
  rereadDraft,
  setDetails,
  setHold,
  type Hold,
} from "./draft";

const HOLD: Hold = {
  secret: "s",
  office: "o",
  matter: "m",
  form: "video",
  official: null,
  people: 1,
  interpreter: false,
  start: "2026-11-30T09:00:00Z",
  end: "2026-11-30T09:30:00Z",
  officialName: "Anna Nowak",
  expiresAt: 1_000_000,
  skewMs: 5_000,
  offered: false,
};

beforeEach(() => {
  forgetDraft();
  sessionStorage.clear();
  rereadDraft();
});

it("survives a reload, and keeps what was typed when the hold is over", () => {
  setHold(HOLD);
  setDetails({ name: "Jan", answers: { what: "1" }, answersTo: "m" });
  rereadDraft();
  expect(readDraft().hold).toEqual(HOLD);
  setHold(null);
  rereadDraft();
  expect(readDraft().details.name).toBe("Jan");
  expect(readDraft().details.answers).toEqual({ what: "1" });
});

it("leaves nothing in the browser after the confirmation", () => {
  setDetails({ email: "jan@example.pl" });
  forgetDraft();
  expect(JSON.stringify({ ...sessionStorage })).not.toContain("jan@example.pl");
  expect(readDraft().details.email).toBe("");
});

it("ignores what it can't read", () => {
  for (const text of ["", "{", "null", "7", '{"hold":{"secret":1}}', '{"details":null}']) {
    sessionStorage.setItem("szpon.booking", text);
    rereadDraft();
    expect(readDraft().hold).toBeNull();
    expect(readDraft().details.name).toBe("");
  }
});

it("counts by the server's clock", () => {
  expect(leftMs(HOLD, 900_000)).toBe(95_000);
  expect(leftMs(HOLD, 2_000_000)).toBe(0);
});
