// How a page loads on a network and a processor that Chromium slows down.

import type { Page } from "playwright-core";

import { waitFor } from "./wait";

export interface Network {
  name: string;
  kbps: number;
  rttMs: number;
}

/** Seconds after the click that leads to the page; sizes in KiB as they came over the network. */
export interface Load {
  /** First contentful paint. */
  paint: number;
  largest: number;
  /** The page's own heading is there. */
  heading: number;
  /** One can go on. */
  usable: number;
  kib: { html: number; script: number; style: number; font: number; other: number };
  requests: number;
}

/** As much slower as Lighthouse's telephone. */
const CPU_RATE = 4;
/** Nothing came for so long: the page is complete. */
const QUIET_MS = 3_000;

type Kind = keyof Load["kib"];
const KINDS: Partial<Record<string, Kind>> = {
  Document: "html",
  Script: "script",
  Stylesheet: "style",
  Font: "font",
};

/** Notes in the page itself when what is looked for appears, so that no polling blurs it. */
function watch(usable: string): void {
  const times: Record<string, number> = {};
  Object.assign(globalThis, { loadTimes: times });
  const look = () => {
    if (!("heading" in times) && document.querySelector("h1")) times.heading = performance.now();
    // What stands there before the page's code has come can be read, but not used.
    const live = document.querySelector("#root > [data-shell]") === null;
    if (!("usable" in times) && live && document.querySelector(usable))
      times.usable = performance.now();
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) times[entry.entryType] = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) times[entry.name] = entry.startTime;
  }).observe({ type: "paint", buffered: true });
}

export async function loadOn(
  page: Page,
  address: string,
  usable: string,
  network: Network,
): Promise<Load> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  const bytesPerSecond = (network.kbps * 1000) / 8;
  await devtools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: network.rttMs,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond,
  });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: CPU_RATE });

  const kib: Load["kib"] = { html: 0, script: 0, style: 0, font: 0, other: 0 };
  const kinds = new Map<string, Kind>();
  let requests = 0;
  let last = Date.now();
  devtools.on("Network.responseReceived", ({ requestId, type }) => {
    kinds.set(requestId, KINDS[type] ?? "other");
    last = Date.now();
  });
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    kib[kinds.get(requestId) ?? "other"] += encodedDataLength / 1024;
    requests += 1;
    last = Date.now();
  });
  await page.addInitScript(watch, usable);
  await page.goto(address, { waitUntil: "commit" });
  const times = await waitFor("the page to be usable", 60_000, async () => {
    const noted = await page.evaluate(
      () => (globalThis as unknown as { loadTimes?: Record<string, number> }).loadTimes,
    );
    return noted?.usable === undefined || Date.now() - last < QUIET_MS ? undefined : noted;
  });
  const seconds = (name: string) => (times[name] ?? Number.NaN) / 1000;
  return {
    paint: seconds("first-contentful-paint"),
    largest: seconds("largest-contentful-paint"),
    heading: seconds("heading"),
    usable: seconds("usable"),
    kib,
    requests,
  };
}
