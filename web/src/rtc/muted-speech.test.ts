import { expect, it } from "vitest";

import { MutedSpeech } from "./muted-speech";

/** Readings of 50 ms each; the times at which it spoke up. */
function times(levels: readonly number[], muted = true): number[] {
  const speech = new MutedSpeech();
  return levels.flatMap((level, i) => (speech.heard(level, muted, i * 50) ? [i * 50] : []));
}

it("speaks up after a word, and not again for a while", () => {
  const all = times(Array.from({ length: 400 }, () => 0.8));
  expect(all).toEqual([350, 15_350]);
});

it("keeps quiet about a keyboard, silence, and an open microphone", () => {
  expect(times(Array.from({ length: 400 }, (_, i) => (i % 10 === 0 ? 1 : 0.1)))).toEqual([]);
  expect(times(Array.from({ length: 400 }, () => 0))).toEqual([]);
  expect(
    times(
      Array.from({ length: 400 }, () => 1),
      false,
    ),
  ).toEqual([]);
});
