import { describe, expect, it } from "vitest";
import type { MatterDetails } from "@/api/types";
import { EMPTY, faults, toBooking } from "./booking";

const details: MatterDetails = {
  name: { pl: "Dowód" },
  description: { pl: "" },
  forms: ["in_person", "phone", "video"],
  duration_minutes: 15,
  horizon_days: 60,
  questions: [
    { key: "what", label: { pl: "W jakim celu?" }, kind: "text", required: true },
    { key: "plot", label: { pl: "Numer" }, kind: "text", required: false },
  ],
};
const filled = {
  ...EMPTY,
  matter: "m",
  form: "in_person" as const,
  start: "2026-11-27T09:00:00Z",
  name: " Jan Kowal ",
  answers: { what: " odbiór ", plot: " " },
};
const fields = (form: typeof EMPTY) => faults(form, details).map((one) => one.field);

describe("a booking for a caller", () => {
  it("needs a name, a time and answers that are asked for", () => {
    expect(fields(filled)).toEqual([]);
    expect(fields({ ...filled, name: " ", start: null, answers: {} })).toEqual([
      "start",
      "name",
      "answers.what",
    ]);
    expect(faults(EMPTY, undefined).map((one) => one.field)).toEqual(["matter", "name"]);
  });

  it("needs the number to call, and the address that the link goes to", () => {
    expect(fields({ ...filled, form: "phone" })).toEqual(["phone"]);
    expect(fields({ ...filled, form: "video" })).toEqual(["email"]);
    expect(fields({ ...filled, form: "video", email: "jan@example.pl" })).toEqual([]);
    expect(fields({ ...filled, email: "jan" })).toEqual(["email"]);
  });

  it("sends what was entered, without blanks and empty answers", () => {
    const sent = toBooking(filled, details.questions ?? []);
    expect(sent).toMatchObject({ name: "Jan Kowal", official: null, on_behalf_of: null });
    expect(sent.answers).toEqual([{ key: "what", value: "odbiór" }]);
  });
});
