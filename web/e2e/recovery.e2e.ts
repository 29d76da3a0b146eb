// Lost sockets, changed addresses, restarts of the server.

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { Api } from "./support/api";
import { callState, diagnostics, expectSound, expectVideos } from "./support/call";
import { type Person, launchChromium, newPerson } from "./support/chromium";
import { PEOPLE, carrySession, inCall, joinAsGuest, joinAsStaff } from "./support/people";
import { Server } from "./support/server";
import { waitFor } from "./support/wait";
import { WeakNetwork } from "./support/weak_network";

let server: Server;
let network: WeakNetwork;
let near: Browser;
let far: Browser;
let official: Person;
let citizen: Person;

beforeAll(async () => {
  server = await Server.start({ port: 8090 });
  // A clean link; what matters is that the citizen has an address of their own to lose.
  network = await WeakNetwork.create({ lossPercent: 0, delayMs: 5, rateKbit: 50_000 });
  near = await launchChromium({ secureOrigins: [server.url] });
  far = await launchChromium({ secureOrigins: [server.url], namespace: network.namespace });
});
afterAll(async () => {
  await near.close();
  await far.close();
  await network.dispose();
  await server.dispose();
});
beforeEach(async () => {
  const api = await Api.signIn(server, PEOPLE.official);
  const room = (await api.createRoom({ waiting_room: false })).id;
  official = await newPerson(near);
  citizen = await newPerson(far);
  await carrySession(official, api);
  await joinAsStaff(official.page, server, room);
  await joinAsGuest(citizen.page, await api.createLink(room), "Jan Obywatelski");
  await Promise.all([expectVideos(official.page, 1), expectVideos(citizen.page, 1)]);
});
afterEach(async () => {
  await official.context.close();
  await citizen.context.close();
});

const youAre = (person: Person): Promise<string | null> =>
  callState(person.page, (state) => state.you);

test("a killed socket comes back, and the place with it", async () => {
  await citizen.page.setViewportSize({ width: 390, height: 844 });
  const you = await youAre(citizen);
  const before = await diagnostics(citizen.page);
  // Only signalling is cut: what is refused is TCP from the citizen to the web port.
  network.block({ tcpPort: server.port });
  await waitFor("the citizen to notice", 20_000, () =>
    callState(citizen.page, (state) => state.signalling !== "up"),
  );
  const during = await diagnostics(citizen.page);
  network.unblock();
  await waitFor("the socket again", 20_000, () =>
    callState(citizen.page, (state) => state.phase === "in_call" && state.signalling === "up"),
  );
  // What says so covers no button on a telephone, and not the one to leave with.
  await citizen.page.getByText("Połączenie wróciło").last().waitFor();
  const leave = citizen.page.getByRole("button", { name: /^Wyjdź/ });
  await leave.click({ trial: true, timeout: 1_500 });
  expect(await youAre(citizen)).toBe(you);
  expect(during?.sessionsOpened).toBe(before?.sessionsOpened);
  await Promise.all([expectVideos(official.page, 1), expectVideos(citizen.page, 1)]);
});

test("a changed address keeps the place and the call", async () => {
  const you = await youAre(citizen);
  network.changeAddress("10.78.0.77");
  try {
    await waitFor("the call to be whole again", 40_000, async () => {
      const figures = await diagnostics(citizen.page);
      return figures?.connectionState === "connected";
    });
    await Promise.all([
      expectVideos(official.page, 1, { ms: 40_000 }),
      expectVideos(citizen.page, 1, { ms: 40_000 }),
    ]);
    expect(await youAre(citizen)).toBe(you);
  } finally {
    network.changeAddress("10.78.0.2");
  }
});

test.each(["SIGTERM", "SIGKILL"] as const)(
  "everyone is back after the server was ended by %s and started again",
  async (signal) => {
    const [host, guest] = [await youAre(official), await youAre(citizen)];
    await server.stop(signal);
    await server.start();
    for (const person of [official, citizen]) {
      await waitFor("the room again", 40_000, () =>
        callState(
          person.page,
          (state) => state.phase === "in_call" && state.participants.size === 2,
        ),
      );
      await inCall(person.page);
    }
    expect([await youAre(official), await youAre(citizen)]).toEqual([host, guest]);
    await Promise.all([
      expectVideos(official.page, 1, { ms: 40_000 }),
      expectVideos(citizen.page, 1, { ms: 40_000 }),
    ]);
    await expectSound(citizen.page);
  },
);
