import { expect, it } from "vitest";
import { joinPhase } from "./appointment";
import type { AppointmentState } from "./types";

const at = (state: AppointmentState, time: string) =>
  joinPhase(
    { state, start: "2026-11-30T09:00:00Z", end: "2026-11-30T09:30:00Z" },
    Date.parse(`2026-11-30T${time}:00Z`),
  );

it("leads to the call from a quarter of an hour before until it is done", () => {
  expect(at("confirmed", "08:44")).toBe("early");
  expect(at("confirmed", "08:45")).toBe("now");
  // The official runs late.
  expect(at("confirmed", "10:00")).toBe("now");
  expect(at("confirmed", "11:00")).toBe("over");
  expect(at("in_progress", "11:00")).toBe("now");
  expect(at("done", "09:10")).toBe("over");
  expect(at("cancelled", "09:10")).toBe("over");
});
