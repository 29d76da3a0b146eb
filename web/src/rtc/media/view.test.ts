import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Tile } from "../wire";
import { ViewSender } from "./view";

const tile = (participant: string, width = 320): Tile => ({
  participant,
  source: "camera",
  width,
  height: 180,
  pinned: false,
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function sender() {
  const sent: Tile[][] = [];
  let open = true;
  const view = new ViewSender((tiles) => {
    if (open) sent.push(tiles);
    return open;
  });
  return {
    view,
    sent,
    setOpen(value: boolean) {
      open = value;
    },
  };
}

it("gathers what changes together and sends it once", () => {
  const { view, sent } = sender();
  view.set([tile("a")]);
  view.set([tile("a"), tile("b")]);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(150);
  expect(sent).toEqual([[tile("a"), tile("b")]]);
});

it("keeps up with a layout that never rests", () => {
  const { view, sent } = sender();
  for (let width = 300; width < 340; width++) {
    view.set([tile("a", width)]);
    vi.advanceTimersByTime(16);
  }
  expect(sent.length).toBeGreaterThanOrEqual(4);
});

it("does not repeat itself, except to a new session", () => {
  const { view, sent } = sender();
  view.set([tile("a")]);
  vi.advanceTimersByTime(150);
  view.set([tile("a")]);
  vi.advanceTimersByTime(150);
  expect(sent).toHaveLength(1);
  view.resend();
  expect(sent).toEqual([[tile("a")], [tile("a")]]);
});

it("sends what could not be sent as soon as it can", () => {
  const { view, sent, setOpen } = sender();
  setOpen(false);
  view.set([tile("a")]);
  vi.advanceTimersByTime(150);
  setOpen(true);
  view.resend();
  expect(sent).toEqual([[tile("a")]]);
});

it("shows nothing while the page is hidden", () => {
  const { view, sent } = sender();
  view.set([tile("a")]);
  vi.advanceTimersByTime(150);
  view.hide(true);
  view.set([tile("b")]);
  vi.advanceTimersByTime(150);
  view.hide(false);
  expect(sent).toEqual([[tile("a")], [], [tile("b")]]);
});

it("fits the wire: whole pixels and at most 25 tiles", () => {
  const { view, sent } = sender();
  view.set(Array.from({ length: 30 }, (_, i) => ({ ...tile(`p${i}`), width: 0.2, height: 1e9 })));
  view.flush();
  expect(sent[0]).toHaveLength(25);
  expect(sent[0]?.[0]).toMatchObject({ width: 1, height: 65_535 });
});
