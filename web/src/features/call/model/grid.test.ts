import { describe, expect, it } from "vitest";
import { coveringSize, fitGrid, gridCapacity } from "./grid";

describe("fitGrid", () => {
  it("never spills over", () => {
    for (let count = 1; count <= 50; count += 1) {
      for (const box of [
        { width: 390, height: 600 },
        { width: 1280, height: 640 },
        { width: 320, height: 200 },
      ]) {
        const { columns, rows, tile } = fitGrid(count, box, 8);
        expect(columns * rows).toBeGreaterThanOrEqual(count);
        expect(columns * tile.width + 8 * (columns - 1)).toBeLessThanOrEqual(box.width + 0.001);
        expect(rows * tile.height + 8 * (rows - 1)).toBeLessThanOrEqual(box.height + 0.001);
      }
    }
  });

  it("stacks on a phone and spreads on a desktop", () => {
    expect(fitGrid(2, { width: 390, height: 640 }, 8).columns).toBe(1);
    expect(fitGrid(2, { width: 1280, height: 600 }, 8).columns).toBe(2);
    expect(fitGrid(9, { width: 1280, height: 700 }, 8).columns).toBe(3);
  });

  it("survives a window without size", () => {
    expect(fitGrid(4, { width: 0, height: 0 }, 8).tile).toEqual({ width: 0, height: 0 });
  });
});

describe("gridCapacity", () => {
  it("is limited by the slots that the server grants", () => {
    expect(gridCapacity({ width: 1920, height: 1000 }, 8, 25)).toBe(25);
    expect(gridCapacity({ width: 1920, height: 1000 }, 8, 9)).toBe(9);
  });

  it("shows a handful on a phone and at least one anywhere", () => {
    expect(gridCapacity({ width: 374, height: 560 }, 8, 25)).toBe(8);
    expect(gridCapacity({ width: 10, height: 10 }, 8, 25)).toBe(1);
  });
});

describe("coveringSize", () => {
  it("is the box itself where nothing is cropped", () => {
    expect(coveringSize({ width: 640, height: 360 })).toEqual({ width: 640, height: 360 });
  });

  it("counts what is cropped at the sides of a tall tile", () => {
    expect(coveringSize({ width: 405, height: 540 })).toEqual({ width: 960, height: 540 });
  });

  it("counts what is cropped above and below a wide tile", () => {
    expect(coveringSize({ width: 1600, height: 450 })).toEqual({ width: 1600, height: 900 });
  });
});
