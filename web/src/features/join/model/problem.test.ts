import { expect, it } from "vitest";
import common from "@/i18n/common/pl.json";
import texts from "../i18n/pl.json";
import { canRetry, entryProblem, previewProblem } from "./problem";

it("has words for whatever the server may answer", () => {
  for (const code of Object.keys(common.problem)) {
    expect(Object.keys(texts.problem)).toContain(entryProblem(code as never));
  }
});

it("tells a cancelled meeting from one that is over", () => {
  expect(previewProblem({ status: "cancelled" })).toBe("cancelled");
  expect(previewProblem({ status: "ended" })).toBe("room_ended");
  expect(previewProblem({ status: "live" })).toBeNull();
  expect(previewProblem({ status: "planned" })).toBeNull();
});

it("offers another try only where it can help", () => {
  expect(canRetry("unreachable")).toBe(true);
  expect(canRetry("link_invalid")).toBe(false);
  expect(canRetry("cancelled")).toBe(false);
});
