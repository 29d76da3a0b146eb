// Encoders and players of others: WHIP (RFC 9725) and WHEP, with and without an account.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { Aiortc } from "./support/aiortc";
import { Api } from "./support/api";
import { decodes, publish, stopPublishing, watch } from "./support/outside";
import { PEOPLE } from "./support/people";
import type { Server } from "./support/server";
import { StreamStage } from "./support/stage";
import { waitFor } from "./support/wait";

let stage: StreamStage;
let server: Server;
const clients: Aiortc[] = [];

beforeAll(async () => {
  stage = await StreamStage.start(8170);
  server = stage.server;
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  await stage.closePages();
});
afterAll(async () => stage.dispose());

async function aiortc(started: Promise<Aiortc>): Promise<Aiortc> {
  const client = await started;
  clients.push(client);
  return client;
}

/** Media sessions of the node, as it counts them. */
async function sessions(): Promise<number> {
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text();
  const counts = [...text.matchAll(/^szpon_sfu_sessions\{[^}]*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

test("aiortc publishes a room and watches it", async () => {
  const publisher = await aiortc(Aiortc.publish(`${server.url}/whip/aiortc`));
  const viewer = await aiortc(Aiortc.watch(`${server.url}/whep/aiortc`));
  const { width, height } = await viewer.decodes(30);
  expect([width, height]).toEqual([640, 480]);
  await viewer.dispose();
  await publisher.dispose();
  expect([viewer.deleted, publisher.deleted]).toEqual([true, true]);
  await waitFor("the sessions to be over", 10_000, async () => (await sessions()) === 0);
});

test("a page of another site publishes with a library from npm; a page and aiortc watch", async () => {
  const publisher = await stage.newPage();
  const viewer = await stage.newPage();
  await publish(publisher, `${server.url}/whip/browser`);
  await watch(viewer, `${server.url}/whep/browser`);
  await decodes(viewer, 30, 320);
  const other = await aiortc(Aiortc.watch(`${server.url}/whep/browser`));
  await other.decodes(20);
  await stopPublishing(publisher);
  await other.dispose();
  // Only the page that watches is left.
  await waitFor("the sessions to be over", 10_000, async () => (await sessions()) === 1);
});

test("a stream of a meeting: made by an official, seen in the room, revoked", async () => {
  const api = await Api.signIn(server, PEOPLE.official);
  const room = (await api.createRoom()).id;
  const encoder = await api.createStream(room, "publish", "Kamera na sali");
  const player = await api.createStream(room, "watch", "Ekran w holu");
  expect(encoder.url).toBe(`${server.url}/media/v1/whip`);

  const publisher = await aiortc(Aiortc.publish(encoder.url, encoder.token));
  const page = await stage.newPage();
  await watch(page, player.url, player.token);
  await decodes(page, 30);
  const here = async () => (await api.room(room)).participants_now;
  await waitFor("both to be in the room", 5_000, async () => (await here()) === 2);

  await api.call("DELETE", `/api/v1/rooms/${room}/streams/${encoder.stream.id}`);
  await publisher.becomes("closed");
  await waitFor("one to be in the room", 5_000, async () => (await here()) === 1);
  // The token is as it was, but leads nowhere any more.
  const again = await aiortc(Aiortc.publish(encoder.url, encoder.token));
  await again.becomes("closed");
});
