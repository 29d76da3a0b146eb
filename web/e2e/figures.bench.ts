// Figures, not a test of their size: time from "Join" to the first frame, and a room of one to ten.

import { execFileSync } from "node:child_process";

import { test } from "vitest";

import { Api } from "./support/api";
import { diagnostics } from "./support/call";
import { launchChromium, newPerson } from "./support/chromium";
import { PEOPLE, carrySession, joinAsGuest, joinAsStaff } from "./support/people";
import { DEMO_PASSWORD, Server } from "./support/server";
import { waitFor } from "./support/wait";

const JOINS = 20;

test("from the click on Join to the first decoded frame", async () => {
  const server = await Server.start({ port: 8150 });
  const browser = await launchChromium({ secureOrigins: [server.url] });
  try {
    const api = await Api.signIn(server, PEOPLE.official);
    const room = (await api.createRoom({ waiting_room: false })).id;
    const official = await newPerson(browser);
    await carrySession(official, api);
    await joinAsStaff(official.page, server, room);
    const link = await api.createLink(room);
    const times: number[] = [];
    for (let join = 0; join < JOINS; join += 1) {
      const citizen = await newPerson(browser);
      await joinAsGuest(citizen.page, link, `Gość ${join + 1}`);
      times.push(
        await waitFor("the first frame", 20_000, async () => {
          return (await diagnostics(citizen.page))?.timeToFirstFrame;
        }),
      );
      await citizen.context.close();
    }
    times.sort((a, b) => a - b);
    const at = (share: number) => Math.round(times[Math.floor(share * (times.length - 1))]!);
    console.log(
      `Join to first decoded frame, ${JOINS} joins: ` +
        `p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, min ${at(0)} ms, max ${at(1)} ms`,
    );
  } finally {
    await browser.close();
    await server.dispose();
  }
}, 300_000);

test("a room of one to ten", async () => {
  const server = await Server.start({ port: 8160 });
  try {
    const report = execFileSync(
      process.env.SZPON_LOADTEST ?? "loadtest",
      [
        ...["fanout", "--url", server.localUrl, "--email", PEOPLE.official],
        ...["--server-pid", String(server.pid), "--subscribers", "10", "--seconds", "20"],
      ],
      { env: { ...process.env, SZPON_LOADTEST_PASSWORD: DEMO_PASSWORD }, encoding: "utf8" },
    );
    console.log(report);
  } finally {
    await server.dispose();
  }
}, 120_000);
