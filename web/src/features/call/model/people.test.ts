import { expect, it } from "vitest";
import type { Participant } from "@/rtc";
import { handQueue, hueOf, initials, listed } from "./people";

const person = (id: string, more: Partial<Participant> = {}): Participant => ({
  id,
  name: id,
  role: "participant",
  guest: false,
  sources: { microphone: false, camera: false, screen: false, screen_audio: false },
  connected: true,
  joined_at: "2026-11-23T09:00:00Z",
  ...more,
});

it("abbreviates names of any kind", () => {
  expect(initials("Anna Kowalska")).toBe("AK");
  expect(initials("łukasz")).toBe("Ł");
  expect(initials("Ольга Петрівна Шевченко")).toBe("ОШ");
  expect(initials("Anna Nowak-Kowalska")).toBe("AK");
  expect(initials("  ")).toBe("?");
  expect(initials("😀 x")).toBe("😀X");
});

it("keeps a person's colour", () => {
  expect(hueOf("0198-a")).toBe(hueOf("0198-a"));
  expect(hueOf("x")).toBeLessThan(360);
});

it("serves hands in order, then roles, then names in the reader's alphabet", () => {
  const people = [
    person("Zenon"),
    person("Łucja"),
    person("Lech"),
    person("Host", { role: "host" }),
    person("Late", { hand_raised_at: "2026-11-23T09:05:00Z" }),
    person("Early", { hand_raised_at: "2026-11-23T09:01:00Z" }),
  ];
  expect(handQueue(people)).toEqual(["Early", "Late"]);
  expect(listed(people, "pl").map((one) => one.id)).toEqual([
    "Early",
    "Late",
    "Host",
    "Lech",
    "Łucja",
    "Zenon",
  ]);
});
