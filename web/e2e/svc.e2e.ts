// Layers in one stream (SVC): a browser publishes them once, and another gets as much of them as it
// shows.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { launchChromium } from "./support/chromium";
import { OutsideSite, decodesAt, publishLayers, show, watchSized } from "./support/outside";
import { Server } from "./support/server";

let server: Server;
let site: OutsideSite;
let browser: Browser;
const pages: Page[] = [];

beforeAll(async () => {
  [server, site, browser] = await Promise.all([
    Server.start({ port: 8180, loopback: true, args: ["--dev-whip"] }),
    OutsideSite.start(8181),
    launchChromium({ secureOrigins: [] }),
  ]);
});
afterEach(async () => {
  await Promise.all(pages.splice(0).map((page) => page.context().close()));
});
afterAll(async () => {
  await browser.close();
  await site.dispose();
  await server.dispose();
});

async function newPage(): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  pages.push(page);
  await site.open(page);
  return page;
}

test.each([
  // A keyframe is needed on the way up, and nothing on the way down.
  { codec: "VP9", mode: "L3T3_KEY", size: { width: 1280, height: 720 }, smallest: 320 },
  { codec: "AV1", mode: "L2T2", size: { width: 640, height: 360 }, smallest: 320 },
])("$codec $mode: the layer follows the tile", async ({ codec, mode, size, smallest }) => {
  const publisher = await newPage();
  const viewer = await newPage();
  await publishLayers(publisher, `${server.url}/whip/${codec}`, codec, mode, size);
  await watchSized(viewer, `${server.url}/whep/${codec}`);
  const small = { width: smallest, height: (smallest * 9) / 16 };
  await show(viewer, small);
  await decodesAt(viewer, small.width, 20, 30_000);
  await show(viewer, size);
  await decodesAt(viewer, size.width, 20, 30_000);
  await show(viewer, small);
  await decodesAt(viewer, small.width, 20, 5_000);
  expect(server.output).not.toContain("panicked");
});
