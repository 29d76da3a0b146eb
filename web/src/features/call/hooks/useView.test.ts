import { expect, it } from "vitest";
import { merge } from "./useView";

it("asks once for a picture that stands in two places, in the larger size", () => {
  const small = { participant: "a", source: "camera", width: 160, height: 90 } as const;
  const large = { participant: "a", source: "camera", width: 640, height: 360 } as const;
  const screen = { participant: "a", source: "screen", width: 10, height: 10 } as const;
  expect(merge([{ ...small, pinned: true }, large, screen])).toEqual([
    { ...large, pinned: true },
    { ...screen, pinned: false },
  ]);
  expect(merge([large, small])).toEqual([{ ...large, pinned: false }]);
});
