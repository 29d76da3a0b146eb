// A call through bad networks keeps going.

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { InboundAudio } from "../src/rtc";
import { Api } from "./support/api";
import { diagnostics, expectSound, expectVideos, incomingVideos } from "./support/call";
import { launchChromium, newPerson, type Person } from "./support/chromium";
import { PEOPLE, carrySession, joinAsGuest, joinAsStaff } from "./support/people";
import { Server } from "./support/server";
import { waitFor } from "./support/wait";
import { type Impairment, WeakNetwork } from "./support/weak_network";

/** How long a network is as it is before anything is counted: what it lets through must be learnt. */
const SETTLE_MS = 8_000;
const MEASURED_SECONDS = 10;

interface Condition extends Impairment {
  what: string;
  /**
   * Frames per second that the citizen must decode, and that must arrive of the citizen's: the fake
   * camera gives 20. What goes up is for the citizen's browser to choose.
   */
  framesPerSecond: [down: number, up: number];
  /** Of the sound at either end, in percent, what may be invented. */
  concealedPercent: number;
}

const CONDITIONS: Condition[] = [
  {
    what: "5% loss, 50 ms each way and 1 Mbit/s",
    ...{ lossPercent: 5, delayMs: 50, rateKbit: 1_000 },
    ...{ framesPerSecond: [10, 10], concealedPercent: 5 },
  },
  {
    what: "10% loss",
    ...{ lossPercent: 10, delayMs: 50, rateKbit: 3_000 },
    ...{ framesPerSecond: [10, 10], concealedPercent: 5 },
  },
  {
    what: "20% loss",
    ...{ lossPercent: 20, delayMs: 50, rateKbit: 3_000 },
    ...{ framesPerSecond: [12, 5], concealedPercent: 10 },
  },
  {
    what: "packets up to 60 ms late that overtake each other",
    ...{ lossPercent: 0, delayMs: 60, rateKbit: 3_000, jitterMs: 60 },
    ...{ framesPerSecond: [15, 12], concealedPercent: 5 },
  },
  {
    what: "300 ms each way",
    ...{ lossPercent: 0, delayMs: 300, rateKbit: 3_000 },
    ...{ framesPerSecond: [15, 12], concealedPercent: 5 },
  },
  {
    what: "300 kbit/s",
    ...{ lossPercent: 0, delayMs: 50, rateKbit: 300 },
    ...{ framesPerSecond: [15, 15], concealedPercent: 5 },
  },
];

describe("both go on decoding", () => {
  let server: Server;
  let network: WeakNetwork;
  const browsers: Awaited<ReturnType<typeof launchChromium>>[] = [];
  let official: Person;
  let citizen: Person;

  beforeAll(async () => {
    server = await Server.start({ port: 8100 });
    network = await WeakNetwork.create({ lossPercent: 0, delayMs: 50, rateKbit: 20_000 });
    const secureOrigins = [server.url];
    browsers.push(await launchChromium({ secureOrigins }));
    browsers.push(await launchChromium({ secureOrigins, namespace: network.namespace }));
    const api = await Api.signIn(server, PEOPLE.official);
    const room = (await api.createRoom({ waiting_room: false })).id;
    official = await newPerson(browsers[0]!);
    citizen = await newPerson(browsers[1]!);
    await carrySession(official, api);
    await joinAsStaff(official.page, server, room);
    await joinAsGuest(citizen.page, await api.createLink(room), "Jan Obywatelski");
    await Promise.all([expectVideos(official.page, 1), expectVideos(citizen.page, 1)]);
  });

  afterAll(async () => {
    for (const browser of browsers) await browser.close();
    await network.dispose();
    await server.dispose();
  });

  /** Frames decoded, and samples heard and invented so far, by slot, of those that show or say something. */
  async function received({ page }: Person) {
    const figures = await diagnostics(page);
    const used = <T extends { participant: string | null }>(slots: readonly T[] | undefined) =>
      (slots ?? []).filter((slot) => slot.participant !== null);
    const audio = used<InboundAudio>(figures?.audio);
    const by = <T extends { mid: string }>(slots: readonly T[], count: (slot: T) => number) =>
      new Map(slots.map((slot) => [slot.mid, count(slot)]));
    return {
      frames: by(used(figures?.video), (slot) => slot.framesDecoded),
      samples: by(audio, (slot) => slot.totalSamplesReceived),
      concealed: by(audio, (slot) => slot.concealedSamples - slot.silentConcealedSamples),
      width: Math.max(0, ...used(figures?.video).map((slot) => slot.frameWidth)),
    };
  }

  /** By one end, in MEASURED_SECONDS from now. A slot may be empty for a while: looked at twice a second. */
  async function measured(person: Person) {
    const sums = { frames: 0, samples: 0, concealed: 0 };
    const known = {
      frames: new Map<string, number>(),
      samples: new Map<string, number>(),
      concealed: new Map<string, number>(),
    };
    let width = 0;
    for (let look = 0; look <= MEASURED_SECONDS * 2; look += 1) {
      if (look > 0) await person.page.waitForTimeout(500);
      const now = await received(person);
      for (const what of ["frames", "samples", "concealed"] as const)
        for (const [mid, count] of now[what]) {
          sums[what] += Math.max(0, count - (known[what].get(mid) ?? count));
          known[what].set(mid, count);
        }
      width = now.width || width;
    }
    return {
      framesPerSecond: sums.frames / MEASURED_SECONDS,
      concealedPercent: (sums.concealed * 100) / Math.max(1, sums.samples),
      width,
    };
  }

  test.each(CONDITIONS)("through $what", async (condition) => {
    network.change(condition);
    await official.page.waitForTimeout(SETTLE_MS);
    const ends = await Promise.all([measured(citizen), measured(official)]);
    console.log(
      condition.what,
      ...["to the citizen", "from the citizen"].map(
        (end, n) =>
          `${end}: ${ends[n]!.framesPerSecond} frames/s of ${ends[n]!.width} pixels, ` +
          `${ends[n]!.concealedPercent.toFixed(1)}% of the sound invented;`,
      ),
    );
    for (const [n, end] of ends.entries()) {
      expect(end.framesPerSecond).toBeGreaterThanOrEqual(condition.framesPerSecond[n]!);
      expect(end.concealedPercent).toBeLessThanOrEqual(condition.concealedPercent);
    }
    await Promise.all([expectSound(official.page), expectSound(citizen.page)]);
  });

  test("and more than the smallest picture is back when the network is", async () => {
    network.change({ lossPercent: 0, delayMs: 50, rateKbit: 3_000 });
    // Not its width: a busy browser makes all of its layers smaller.
    for (const { page } of [official, citizen])
      await waitFor("a larger layer", 30_000, async () =>
        (await incomingVideos(page)).some((video) => (video.layer ?? 0) >= 1),
      );
  });
});
