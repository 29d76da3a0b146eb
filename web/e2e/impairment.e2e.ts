// A call through bad networks keeps going, in both directions.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { Api } from "./support/api";
import { diagnostics, expectSound, expectVideos, incomingVideos } from "./support/call";
import { type Person, launchChromium, newPerson } from "./support/chromium";
import { PEOPLE, carrySession, joinAsGuest, joinAsStaff } from "./support/people";
import { Server } from "./support/server";
import { pause, waitFor } from "./support/wait";
import { type Impairment, WeakNetwork } from "./support/weak_network";

const GOOD: Impairment = { lossPercent: 0, delayMs: 20, rateKbit: 20_000 };
/** The fake camera gives 20 frames/s; three quarters of them are a picture that moves. */
const FLUENT = 15;

let server: Server;
let network: WeakNetwork;
let near: Browser;
let far: Browser;
let official: Person;
/** Behind the bad network. */
let citizen: Person;

beforeAll(async () => {
  server = await Server.start({ port: 8100 });
  network = await WeakNetwork.create(GOOD);
  near = await launchChromium({ secureOrigins: [server.url] });
  far = await launchChromium({ secureOrigins: [server.url], namespace: network.namespace });
  const api = await Api.signIn(server, PEOPLE.official);
  const room = (await api.createRoom({ waiting_room: false })).id;
  official = await newPerson(near);
  citizen = await newPerson(far);
  await carrySession(official, api);
  await joinAsStaff(official.page, server, room);
  await joinAsGuest(citizen.page, await api.createLink(room), "Jan Obywatelski");
  await Promise.all([expectVideos(official.page, 1), expectVideos(citizen.page, 1)]);
});
afterAll(async () => {
  await near.close();
  await far.close();
  await network.dispose();
  await server.dispose();
});

interface Felt {
  framesPerSecond: number;
  freezes: number;
  frozenSeconds: number;
  width: number;
  /** Share of the sound that the browser made up. */
  invented: number;
}

/** What each of the two sees and hears of the other in so many seconds. */
async function watch(seconds: number): Promise<{ atCitizen: Felt; atOfficial: Felt }> {
  const people = [citizen, official];
  const totals = () => Promise.all(people.map(totalsOf));
  const before = await totals();
  await pause(seconds * 1_000);
  const after = await totals();
  const [atCitizen, atOfficial] = after.map((now, index) => {
    const then = before[index]!;
    const samples = Math.max(1, now.samples - then.samples);
    return {
      framesPerSecond: (now.frames - then.frames) / seconds,
      freezes: now.freezes - then.freezes,
      frozenSeconds: now.frozenSeconds - then.frozenSeconds,
      width: now.width,
      invented: (now.concealed - then.concealed) / samples,
    };
  });
  return { atCitizen: atCitizen!, atOfficial: atOfficial! };
}

async function totalsOf({ page }: Person) {
  const figures = await diagnostics(page);
  const videos = (figures?.video ?? []).filter((video) => video.participant !== null);
  const sounds = figures?.audio ?? [];
  const sum = <T>(of: readonly T[], value: (one: T) => number) =>
    of.reduce((total, one) => total + value(one), 0);
  return {
    frames: sum(videos, (video) => video.framesDecoded),
    freezes: sum(videos, (video) => video.freezeCount),
    frozenSeconds: sum(videos, (video) => video.totalFreezesDuration),
    width: Math.max(0, ...videos.map((video) => video.frameWidth)),
    // Silence that is sent as such is none that had to be made up.
    concealed: sum(sounds, (slot) => slot.concealedSamples - slot.silentConcealedSamples),
    samples: sum(sounds, (slot) => slot.totalSamplesReceived),
  };
}

function report(name: string, felt: Felt): void {
  const { framesPerSecond, freezes, frozenSeconds, width, invented } = felt;
  console.log(
    `${name}: ${framesPerSecond.toFixed(1)} frames/s at ${width}, ` +
      `${freezes} freezes of ${frozenSeconds.toFixed(1)} s, ` +
      `${(invented * 100).toFixed(1)}% of the sound made up`,
  );
}

const LOSSY: [string, Impairment, { frames: number; invented: number }][] = [
  [
    "5% loss, 50 ms",
    { lossPercent: 5, delayMs: 50, rateKbit: 20_000 },
    { frames: FLUENT, invented: 0.05 },
  ],
  [
    "10% loss, 50 ms",
    { lossPercent: 10, delayMs: 50, rateKbit: 20_000 },
    { frames: 12, invented: 0.1 },
  ],
  ["40 ms of jitter, in disorder", { ...GOOD, jitterMs: 40 }, { frames: FLUENT, invented: 0.05 }],
  [
    "5% loss, 50 ms, 1 Mbit/s",
    { lossPercent: 5, delayMs: 50, rateKbit: 1_000 },
    { frames: 12, invented: 0.1 },
  ],
];

test.each(LOSSY)("%s: both go on seeing and hearing", async (name, impairment, least) => {
  network.change(impairment);
  await pause(6_000);
  const { atCitizen, atOfficial } = await watch(10);
  report(`${name}, to the citizen`, atCitizen);
  report(`${name}, from the citizen`, atOfficial);
  for (const felt of [atCitizen, atOfficial]) {
    expect(felt.framesPerSecond).toBeGreaterThanOrEqual(least.frames);
    expect(felt.invented).toBeLessThan(least.invented);
  }
  await Promise.all([expectSound(official.page), expectSound(citizen.page)]);
});

test("300 kbit/s: the small picture goes on, and a larger one is soon back", async () => {
  network.change(GOOD);
  await Promise.all(
    [official, citizen].map(({ page }) => expectVideos(page, 1, { minWidth: 480, ms: 30_000 })),
  );
  network.change({ ...GOOD, rateKbit: 300 });
  await pause(6_000);
  const { atCitizen, atOfficial } = await watch(10);
  report("300 kbit/s, to the citizen", atCitizen);
  report("300 kbit/s, from the citizen", atOfficial);
  for (const felt of [atCitizen, atOfficial]) {
    expect(felt.framesPerSecond).toBeGreaterThanOrEqual(FLUENT);
    expect(felt.width).toBeLessThan(480);
  }
  network.change(GOOD);
  const start = Date.now();
  await waitFor("a larger picture at the citizen", 12_000, async () =>
    (await incomingVideos(citizen.page)).some((video) => video.frameWidth >= 480),
  );
  console.log(`a larger picture after ${((Date.now() - start) / 1_000).toFixed(1)} s`);
  await expectSound(citizen.page);
});
