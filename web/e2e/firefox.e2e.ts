// Firefox and Chromium in one call.

import type { Browser as Firefox, Page as FirefoxPage } from "puppeteer-core";
import { expect, test } from "vitest";

import type { Call } from "../src/rtc";
import { Api } from "./support/api";
import { expectSound, expectVideos } from "./support/call";
import { launchChromium, newPerson } from "./support/chromium";
import { launchFirefox } from "./support/firefox";
import { PEOPLE, carrySession, joinAsStaff } from "./support/people";
import { HOST, Server } from "./support/server";
import { waitFor } from "./support/wait";

/** What arrives in Firefox: frames of others decoded, and sound heard, so far. */
const received = (page: FirefoxPage): Promise<{ frames: number; width: number; energy: number }> =>
  page.evaluate(async () => {
    const { szponCall } = globalThis as { szponCall?: Call };
    const figures = await szponCall?.diagnostics();
    const videos = (figures?.video ?? []).filter((video) => video.participant !== null);
    return {
      frames: videos.reduce((sum, video) => sum + video.framesDecoded, 0),
      width: Math.max(0, ...videos.map((video) => video.frameWidth)),
      energy: (figures?.audio ?? []).reduce((sum, slot) => sum + slot.totalAudioEnergy, 0),
    };
  });

const press = (page: FirefoxPage, name: string) =>
  page.locator(`::-p-aria([name="${name}"][role="button"])`).click();

test("a citizen with Firefox and an official with Chromium see and hear each other", async () => {
  const server = await Server.start({ port: 8110 });
  const chromium = await launchChromium({ secureOrigins: [server.url] });
  let firefox: Firefox | undefined;
  try {
    firefox = await launchFirefox(HOST);
    const api = await Api.signIn(server, PEOPLE.official);
    const room = (await api.createRoom({ waiting_room: false })).id;
    const official = await newPerson(chromium);
    await carrySession(official, api);
    await joinAsStaff(official.page, server, room);

    const page = await firefox.newPage();
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(await api.createLink(room));
    await press(page, "Włącz kamerę i mikrofon");
    await page.locator('input[autocomplete="name"]').fill("Jan Obywatelski");
    await press(page, "Dołącz do spotkania");

    await expectVideos(official.page, 1, { ms: 40_000 });
    await expectSound(official.page);
    const first = await waitFor("frames in Firefox", 40_000, async () => {
      const now = await received(page);
      return now.frames > 10 && now.energy > 0 ? now : null;
    });
    const later = await waitFor("more of both", 10_000, async () => {
      const now = await received(page);
      return now.frames > first.frames + 20 && now.energy > first.energy ? now : null;
    });
    expect(later.width).toBeGreaterThanOrEqual(160);
  } finally {
    await firefox?.close();
    await chromium.close();
    await server.dispose();
  }
});
