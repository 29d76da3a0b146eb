import { describe, expect, it } from "vitest";

import { SIMULCAST_RIDS } from "../wire";
import { applyLayers, cameraEncodings, screenEncodings } from "./encodings";

describe("layers", () => {
  it("are three of the camera, each twice as large as the one before", () => {
    const encodings = cameraEncodings();
    expect(encodings.map((encoding) => encoding.rid)).toEqual([...SIMULCAST_RIDS]);
    expect(encodings.map((encoding) => encoding.scaleResolutionDownBy)).toEqual([4, 2, 1]);
    // EN 301 549, 6.5.3
    for (const encoding of encodings) expect(encoding.maxFramerate).toBeGreaterThanOrEqual(20);
  });

  it("are switched by name, whatever their order", () => {
    const encodings = cameraEncodings().reverse();
    expect(applyLayers(encodings, [true, false, false])).toBe(true);
    expect(encodings.map(({ rid, active }) => [rid, active ?? true])).toEqual([
      ["f", false],
      ["h", false],
      ["q", true],
    ]);
    expect(applyLayers(encodings, [true, false, false])).toBe(false);
    expect(applyLayers(encodings, [true, true, true])).toBe(true);
    expect(encodings.every(({ active }) => active ?? true)).toBe(true);
  });

  it("stop a single encoding only when nobody needs any", () => {
    const encodings = screenEncodings();
    expect(applyLayers(encodings, [false, false, true])).toBe(false);
    expect(applyLayers(encodings, [false, false, false])).toBe(true);
    expect(encodings[0]?.active).toBe(false);
  });
});
