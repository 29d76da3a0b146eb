import { expect, it } from "vitest";
import { type Choice, readChoice, writeChoice } from "./address";

it("brings a choice through the address", () => {
  const choices: Choice[] = [
    { form: "video", official: null, people: 1, interpreter: false },
    { form: "in_person", official: "01a2", people: 3, interpreter: true },
  ];
  for (const choice of choices) expect(readChoice(writeChoice(choice))).toEqual(choice);
});

it("takes nothing that makes no sense from an address", () => {
  expect(readChoice("")).toBeNull();
  expect(readChoice("form=letter")).toBeNull();
  expect(readChoice("form=phone&people=-2&interpreter=maybe")).toEqual({
    form: "phone",
    official: null,
    people: 1,
    interpreter: false,
  });
  expect(readChoice("form=phone&people=1e99.5")?.people).toBe(1);
});
