/** Tells the node what is on the screen: soon, but not at every pixel of a resize. */
import { MAX_VIDEO_SLOTS, type Tile } from "../wire";

/** Long enough to gather a layout's changes, short enough that nobody waits for a picture. */
const GATHER_MS = 120;

export class ViewSender {
  readonly #send: (tiles: Tile[]) => boolean;
  #tiles: Tile[] = [];
  #sent: string | null = null;
  #hidden = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` says whether it could. */
  constructor(send: (tiles: Tile[]) => boolean) {
    this.#send = send;
  }

  set(tiles: readonly Tile[]): void {
    this.#tiles = tiles.slice(0, MAX_VIDEO_SLOTS).map(whole);
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, GATHER_MS);
  }

  /** While the page can't be seen, nothing is shown. */
  hide(hidden: boolean): void {
    if (this.#hidden === hidden) return;
    this.#hidden = hidden;
    this.flush();
  }

  /** A new session knows nothing of what was said before. */
  resend(): void {
    this.#sent = null;
    this.flush();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const tiles = this.#hidden ? [] : this.#tiles;
    const text = JSON.stringify(tiles);
    if (text !== this.#sent && this.#send(tiles)) this.#sent = text;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Sizes on the wire are 16-bit whole pixels; layouts have fractions. */
function whole(tile: Tile): Tile {
  return {
    participant: tile.participant,
    source: tile.source,
    width: pixels(tile.width),
    height: pixels(tile.height),
    pinned: tile.pinned ?? false,
  };
}

function pixels(value: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(Math.round(value), 1), 65_535) : 1;
}
