import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { GrantRefused } from "./call-types";
import { RoomSocket } from "./room-socket";
import type { JoinGrant, ToClient } from "./wire";

/** A WebSocket whose other end is the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    const last = FakeSocket.all.at(-1);
    if (!last) throw new Error("no socket was opened");
    return last;
  }
  readyState = 0;
  readonly sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly url: string;
  readonly protocols: string[];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  // The test's end:
  opens() {
    this.readyState = 1;
    this.onopen?.();
  }
  says(message: ToClient) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  drops(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const WAITING: ToClient = { type: "waiting", you: "me", place: 1, of: 1, host_present: true };

function grant(token: string): JoinGrant {
  return {
    room: "r",
    participant: "me",
    token,
    expires_at: new Date(Date.now() + 600_000).toISOString(),
  };
}

function socketWith(ask: (resume: string | undefined) => Promise<JoinGrant>) {
  const messages: ToClient[] = [];
  const statuses: string[] = [];
  const onRefused = vi.fn();
  const socket = new RoomSocket({
    url: "ws://here/api/v1/room-socket",
    grant: ask,
    resume: undefined,
    onToken: undefined,
    events: {
      onMessage: (message) => messages.push(message),
      onStatus: (status) => statuses.push(status),
      onRefused,
    },
  });
  return { socket, messages, statuses, onRefused };
}

async function pass(ms: number) {
  await vi.advanceTimersByTimeAsync(ms);
}

let running: RoomSocket | undefined;
beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.all = [];
});
afterEach(() => {
  running?.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function up(ask = vi.fn(async () => grant("one"))) {
  const made = socketWith(ask);
  running = made.socket;
  made.socket.start();
  await pass(0);
  FakeSocket.last.opens();
  FakeSocket.last.says(WAITING);
  return { ...made, ask };
}

describe("opening", () => {
  it("offers the protocol and the token", async () => {
    const { statuses, messages, socket } = await up();
    expect(FakeSocket.last.protocols).toEqual(["szpon.room.v1", "bearer.one"]);
    expect(statuses).toEqual(["connecting", "up"]);
    expect(messages).toEqual([WAITING]);
    expect(socket.send({ type: "get_media" })).toBe(true);
    expect(FakeSocket.last.sent).toContainEqual({ type: "get_media" });
  });

  it("sends nothing before the server has spoken", async () => {
    const { socket } = socketWith(async () => grant("one"));
    running = socket;
    socket.start();
    await pass(0);
    FakeSocket.last.opens();
    expect(socket.send({ type: "leave" })).toBe(false);
  });

  it("gives up when there is no place", async () => {
    const { socket, onRefused, statuses } = socketWith(() =>
      Promise.reject(new GrantRefused("room_ended")),
    );
    socket.start();
    await pass(60_000);
    expect(onRefused).toHaveBeenCalledExactlyOnceWith("room_ended");
    expect(statuses.at(-1)).toBe("down");
    expect(FakeSocket.all).toHaveLength(0);
  });

  it("asks over HTTP when a token doesn't open the socket", async () => {
    const ask = vi.fn(async () => grant("one"));
    const { socket } = socketWith(ask);
    running = socket;
    socket.start();
    await pass(0);
    FakeSocket.last.drops();
    await pass(1_000);
    expect(ask).toHaveBeenCalledTimes(2);
    expect(ask).toHaveBeenLastCalledWith("one", expect.anything());
  });

  it("gives up a connection that neither opens nor fails", async () => {
    const { socket } = socketWith(async () => grant("one"));
    running = socket;
    socket.start();
    await pass(0);
    expect(FakeSocket.all).toHaveLength(1);
    await pass(9_000);
    expect(FakeSocket.all).toHaveLength(2);
  });
});

describe("a lost connection", () => {
  it("comes back with the newest token, without asking for a place", async () => {
    const { ask, statuses } = await up();
    FakeSocket.last.says({
      type: "token",
      token: "two",
      expires_at: new Date(Date.now() + 600_000).toISOString(),
    });
    FakeSocket.last.drops();
    await pass(400);
    expect(FakeSocket.all).toHaveLength(2);
    expect(FakeSocket.last.protocols[1]).toBe("bearer.two");
    expect(ask).toHaveBeenCalledTimes(1);
    expect(statuses).toEqual(["connecting", "up", "down", "connecting"]);
  });

  it("is noticed within six seconds when nobody says so", async () => {
    await up();
    const dead = FakeSocket.last;
    await pass(6_500);
    expect(FakeSocket.all).toHaveLength(2);
    expect(dead.readyState).toBe(3);
    expect(dead.sent).toContainEqual({ type: "ping", nonce: 1 });
  });

  it("is not suspected while the server answers", async () => {
    await up();
    const socket = FakeSocket.last;
    for (let i = 0; i < 20; i++) {
      await pass(1_000);
      const ping = socket.sent.at(-1) as { type: string; nonce: number } | undefined;
      if (ping?.type === "ping") socket.says({ type: "pong", nonce: ping.nonce });
    }
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("is checked at once when the network comes back", async () => {
    await up();
    window.dispatchEvent(new Event("online"));
    expect(FakeSocket.last.sent.at(-1)).toMatchObject({ type: "ping" });
    await pass(3_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("waits longer each time, but not when the network comes back", async () => {
    await up();
    FakeSocket.last.drops();
    for (let i = 0; i < 8; i++) {
      await pass(10_000);
      FakeSocket.last.drops();
    }
    const before = FakeSocket.all.length;
    await pass(2_000);
    expect(FakeSocket.all).toHaveLength(before);
    window.dispatchEvent(new Event("online"));
    await pass(0);
    expect(FakeSocket.all).toHaveLength(before + 1);
  });

  it("waits as long as a draining server asks for", async () => {
    await up();
    FakeSocket.last.says({ type: "draining", after_ms: 5_000 });
    FakeSocket.last.drops();
    await pass(4_900);
    expect(FakeSocket.all).toHaveLength(1);
    await pass(200);
    expect(FakeSocket.all).toHaveLength(2);
  });
});

it("says that it was replaced even when the server's word for it was lost", async () => {
  const { messages } = await up();
  FakeSocket.last.drops(4002);
  expect(messages.at(-1)).toEqual({ type: "replaced" });
});

it("stays closed once stopped", async () => {
  const { socket } = await up();
  socket.stop();
  await pass(60_000);
  expect(FakeSocket.all).toHaveLength(1);
  expect(FakeSocket.last.readyState).toBe(3);
});

it.each(["", "null", "[]", "{}", '{"type":7}', "{", new ArrayBuffer(2)])(
  "takes %o for nothing",
  async (data) => {
    const { messages } = await up();
    FakeSocket.last.onmessage?.({ data });
    expect(messages).toEqual([WAITING]);
  },
);

it("pings seldom while another connection is watched, and at once when that is in doubt", async () => {
  const { socket } = await up();
  const pings = () => FakeSocket.last.sent.filter((it) => (it as { type: string }).type === "ping");
  const answer = () => {
    FakeSocket.last.says({ type: "pong", nonce: (pings().at(-1) as { nonce: number }).nonce });
  };
  await pass(2_100);
  answer();
  expect(pings()).toHaveLength(1);
  socket.setCalm(true);
  await pass(19_000);
  expect(pings()).toHaveLength(1);
  await pass(1_100);
  answer();
  expect(pings()).toHaveLength(2);
  await pass(10_000);
  socket.setCalm(false);
  await pass(10);
  expect(pings()).toHaveLength(3);
  await pass(4_000);
  expect(FakeSocket.last.readyState, "nobody answered").toBe(3);
});
