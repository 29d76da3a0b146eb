/** Short series of readings for sparklines; the oldest fall out. */
import type { Totals } from "./totals";

export const HISTORY_LENGTH = 60;

/** Oldest first. */
export interface History {
  sessions: readonly number[];
  rx: readonly number[];
  tx: readonly number[];
  loss: readonly number[];
}

export const NO_HISTORY: History = { sessions: [], rx: [], tx: [], loss: [] };

export function remember(history: History, now: Totals): History {
  return {
    sessions: push(history.sessions, now.sessions),
    rx: push(history.rx, now.rxBitsPerSecond),
    tx: push(history.tx, now.txBitsPerSecond),
    loss: push(history.loss, now.txLoss),
  };
}

export function push(history: readonly number[], value: number): number[] {
  const kept = history.slice(Math.max(0, history.length - HISTORY_LENGTH + 1));
  return [...kept, Number.isFinite(value) ? value : 0];
}

/**
 * Points of an SVG polyline that fills `width` × `height`, newest at the right edge. The scale
 * starts at zero, so that a small wobble doesn't look like a collapse.
 */
export function sparkline(history: readonly number[], width: number, height: number): string {
  if (history.length === 0) return "";
  const top = Math.max(...history, Number.MIN_VALUE);
  const step = width / (HISTORY_LENGTH - 1);
  return history
    .map((value, index) => {
      const x = width - (history.length - 1 - index) * step;
      const y = height - (Math.max(0, value) / top) * height;
      return `${round(x)},${round(y)}`;
    })
    .join(" ");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
