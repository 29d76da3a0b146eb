import { expect, it } from "vitest";
import { looksLikeEmail } from "@/forms/email";
import { missing } from "./details";
import { type Details, NO_DETAILS } from "./draft";
import type { Question } from "./types";

const asked: Question = {
  key: "what",
  label: { pl: "W jakim celu?", en: "", uk: "" },
  kind: "text",
  choices: [],
  required: true,
};
const fields = (details: Partial<Details>, form: "phone" | "video" = "video", offered = false) =>
  missing(
    { ...NO_DETAILS, ...details },
    { form, offered },
    { id: "m", questions: [asked] },
    looksLikeEmail,
  ).map((fault) => `${fault.field} ${fault.reason}`);

it("asks for what the matter needs, and for a telephone only when somebody is to call", () => {
  expect(fields({})).toEqual(["name missing", "email missing", "answers.what missing"]);
  expect(fields({}, "phone")).toContain("phone missing");
  expect(fields({ email: "jan" })).toContain("email malformed");
  expect(fields({ forSomebody: true, onBehalfOf: " " })).toContain("on_behalf_of missing");
});

it("asks nobody again for the address that the waiting list has", () => {
  expect(fields({ name: "Jan" }, "video", true)).toEqual(["answers.what missing"]);
});

it("doesn't take answers to another matter", () => {
  const full = { name: "Jan", email: "jan@example.pl", answers: { what: "a" } };
  expect(fields({ ...full, answersTo: "m" })).toEqual([]);
  expect(fields({ ...full, answersTo: "another" })).toEqual(["answers.what missing"]);
});
