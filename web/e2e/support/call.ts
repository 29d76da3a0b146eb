// What a test asks of a page that is in a call, through the diagnostics that support uses as well.

import type { Page } from "playwright-core";

import type { Call, CallState, Diagnostics, InboundVideo } from "../../src/rtc";
import { waitFor } from "./wait";

type CallWindow = { szponCall?: Call };

export const diagnostics = (page: Page): Promise<Diagnostics | null> =>
  page.evaluate(async () => {
    const { szponCall } = globalThis as CallWindow;
    return szponCall ? await szponCall.diagnostics() : null;
  });

/** Something of the call's state that survives JSON; `read` may use nothing but its argument. */
export const callState = <T>(page: Page, read: (state: CallState) => T): Promise<T> =>
  page.evaluate<T>(`(${read.toString()})(globalThis.szponCall.store.getState())`);

/** The pictures of others that this page decodes now. */
export async function incomingVideos(page: Page): Promise<InboundVideo[]> {
  const figures = await diagnostics(page);
  return (figures?.video ?? []).filter((video) => video.participant !== null);
}

/** Waits until `count` pictures of others are decoded at a rising count and of at least `minWidth`. */
export async function expectVideos(
  page: Page,
  count: number,
  { minWidth = 160, ms = 30_000 }: { minWidth?: number; ms?: number } = {},
): Promise<void> {
  let before = new Map<string, number>();
  let seen: InboundVideo[] = [];
  await waitFor(`${count} moving pictures of at least ${minWidth} pixels`, ms, async () => {
    seen = await incomingVideos(page);
    const moving = seen.filter((video) => {
      const earlier = before.get(keyOf(video));
      return earlier !== undefined && video.framesDecoded > earlier && video.frameWidth >= minWidth;
    });
    before = new Map(seen.map((video) => [keyOf(video), video.framesDecoded]));
    return moving.length >= count;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; seen: ${JSON.stringify(seen)}`);
  });
}

/** Waits until one picture of the source has decoded `frames` more, and returns it. */
export async function expectFrames(
  page: Page,
  source: InboundVideo["source"],
  frames: number,
  ms = 20_000,
): Promise<InboundVideo> {
  // A slot goes on counting from what it showed before.
  let first: InboundVideo | undefined;
  return waitFor(`${frames} frames of the ${source}`, ms, async () => {
    const video = (await incomingVideos(page)).find((found) => found.source === source);
    if (!video || first?.mid !== video.mid) first = video;
    return video && video.framesDecoded >= first!.framesDecoded + frames ? video : null;
  });
}

const keyOf = (video: InboundVideo): string => `${video.mid}/${video.participant}/${video.source}`;

/** Waits until sound of at least one other person arrives (the fake microphone beeps). */
export async function expectSound(page: Page, ms = 20_000): Promise<void> {
  let before = -1;
  await waitFor("audio energy that rises", ms, async () => {
    const figures = await diagnostics(page);
    const energy = (figures?.audio ?? []).reduce((sum, slot) => sum + slot.totalAudioEnergy, 0);
    const rises = before >= 0 && energy > before;
    before = energy;
    return rises;
  });
}

/**
 * The longest time without a new decoded frame of the given source while `act` runs and for
 * `afterMs` more, in milliseconds. Looks every 50 ms inside the page.
 */
export async function longestGap(
  page: Page,
  source: { participant?: string; source: string },
  act: () => Promise<void>,
  afterMs: number,
): Promise<number> {
  await page.evaluate((wanted) => {
    const { szponCall } = globalThis as CallWindow;
    const watch = { longest: 0, last: performance.now(), frames: -1, running: true };
    (globalThis as { gapWatch?: typeof watch }).gapWatch = watch;
    void (async () => {
      while (watch.running) {
        const figures = await szponCall!.diagnostics();
        const frames = figures.video
          .filter(
            (video) =>
              video.source === wanted.source &&
              (wanted.participant === undefined || video.participant === wanted.participant),
          )
          .reduce((sum, video) => sum + video.framesDecoded, 0);
        const now = performance.now();
        if (frames !== watch.frames) {
          watch.frames = frames;
          watch.last = now;
        }
        watch.longest = Math.max(watch.longest, now - watch.last);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
  }, source);
  await act();
  await page.waitForTimeout(afterMs);
  return page.evaluate(() => {
    const watch = (globalThis as unknown as { gapWatch: { longest: number; running: boolean } })
      .gapWatch;
    watch.running = false;
    return watch.longest;
  });
}
