/** How to lay out equal tiles so that they are as large as can be. */

export interface Size {
  width: number;
  height: number;
}

export interface Grid {
  columns: number;
  rows: number;
  /** Of one tile, in CSS pixels. */
  tile: Size;
}

/** Tiles may be cut a little wider or taller than a camera's picture, which then is cropped. */
const WIDEST = 16 / 9;
const TALLEST = 3 / 4;

/** What cameras give. */
const PICTURE = 16 / 9;

/** The size of the whole picture that covers a box: more than the box, for some of it is cropped. */
export function coveringSize(box: Size): Size {
  return {
    width: Math.max(box.width, box.height * PICTURE),
    height: Math.max(box.height, box.width / PICTURE),
  };
}

export function fitGrid(count: number, box: Size, gap: number): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, count), tile: { width: 0, height: 0 } };
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(Math.max(1, count) / columns);
    const width = (box.width - gap * (columns - 1)) / columns;
    const height = (box.height - gap * (rows - 1)) / rows;
    if (width <= 0 || height <= 0) continue;
    const tile = {
      width: Math.min(width, height * WIDEST),
      height: Math.min(height, width / TALLEST),
    };
    if (tile.width * tile.height > best.tile.width * best.tile.height) {
      best = { columns, rows, tile };
    }
  }
  return best;
}

/** The smallest tile in which a face can still be read. */
const SMALLEST: { readonly narrow: Size; readonly wide: Size } = {
  narrow: { width: 140, height: 120 },
  wide: { width: 220, height: 150 },
};

/** How many tiles fit, at most `slots`. */
export function gridCapacity(box: Size, gap: number, slots: number): number {
  const least = box.width < 640 ? SMALLEST.narrow : SMALLEST.wide;
  const columns = Math.floor((box.width + gap) / (least.width + gap));
  const rows = Math.floor((box.height + gap) / (least.height + gap));
  return Math.max(1, Math.min(slots, Math.max(1, columns) * Math.max(1, rows)));
}
