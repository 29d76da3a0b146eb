import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createStore } from "zustand/vanilla";

import { createCall } from "./call";
import { GrantRefused, type CallEvent } from "./call-types";
import type { LocalMedia, LocalMediaState, LocalSource } from "./devices/types";
import {
  NO_SOURCES,
  type MediaGrant,
  type Participant,
  type SourceSet,
  type ToClient,
} from "./wire";

const ALL: SourceSet = { microphone: true, camera: true, screen: true, screen_audio: true };
const AT = "2026-11-23T10:00:00.000Z";

/** The other end of the room socket. */
class Room {
  static readonly OPEN = 1;
  static now: Room | undefined;
  readyState = 1;
  readonly sent: { type: string }[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  constructor() {
    Room.now = this;
    queueMicrotask(() => this.onopen?.());
  }
  send(text: string) {
    const message = JSON.parse(text) as { type: string };
    if (message.type !== "ping") this.sent.push(message);
  }
  close() {
    this.readyState = 3;
  }
  says(message: ToClient) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

function room(): Room {
  if (!Room.now) throw new Error("no room socket");
  return Room.now;
}

/** A peer connection that never gets anywhere. */
class Nowhere {
  connectionState = "new";
  #transceivers: unknown[] = [];
  addTransceiver(_kind: unknown, init: { direction: string }) {
    const transceiver = {
      mid: null,
      direction: init.direction,
      sender: { track: null, replaceTrack: async () => undefined },
      receiver: { track: {} },
    };
    this.#transceivers.push(transceiver);
    return transceiver;
  }
  createDataChannel() {
    return { readyState: "connecting" };
  }
  getTransceivers() {
    return this.#transceivers;
  }
  createOffer() {
    return new Promise(() => undefined);
  }
  close() {
    this.connectionState = "closed";
  }
}

const OFF: LocalSource = {
  wanted: false,
  status: "off",
  problem: null,
  stream: null,
  deviceId: null,
};
const ON: LocalSource = {
  ...OFF,
  wanted: true,
  status: "on",
  stream: {
    getAudioTracks: () => [{}],
    getVideoTracks: () => [{}],
  } as unknown as MediaStream,
};

function devices(on: Partial<Pick<LocalMediaState, "microphone" | "camera">> = {}) {
  const store = createStore<LocalMediaState>(() => ({
    microphone: on.microphone ?? OFF,
    camera: on.camera ?? OFF,
    screen: { ...OFF, audio: false },
    microphones: [],
    cameras: [],
    speakers: [],
    chosen: { microphone: null, camera: null, speaker: null },
    processing: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  }));
  const local = {
    store,
    setMicrophone: vi.fn(async (wanted: boolean) => {
      // As slow as the real one: another change may come between.
      await Promise.resolve();
      store.setState({ microphone: wanted ? ON : { ...ON, wanted: false, status: "off" } });
    }),
    setCamera: vi.fn(async (wanted: boolean) => {
      await Promise.resolve();
      store.setState({ camera: wanted ? ON : OFF });
    }),
    stopScreen: vi.fn(),
    onLevel: () => () => undefined,
    close: vi.fn(async () => undefined),
  };
  return local as typeof local & LocalMedia;
}

const MEDIA: MediaGrant = {
  url: "/media/v1",
  token: "m",
  expires_at: AT,
  publish: ALL,
  video_slots: 4,
};

function person(id: string): Participant {
  return {
    id,
    name: id,
    role: "participant",
    guest: false,
    sources: NO_SOURCES,
    connected: true,
    joined_at: AT,
  };
}

const entered = (): ToClient => ({
  type: "entered",
  you: "me",
  media: MEDIA,
  room: {
    id: "r",
    title: "T",
    office_name: "O",
    locked: false,
    waiting_room: false,
    participants: [person("me"), person("anna")],
    waiting: [],
    chat: [],
    started_at: AT,
  },
});

const sources = (on: Partial<SourceSet>) => ({
  type: "set_sources",
  sources: { ...NO_SOURCES, ...on },
});

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("WebSocket", Room);
  vi.stubGlobal("RTCPeerConnection", Object.assign(Nowhere, {}));
  vi.stubGlobal("MediaStream", Object);
  Room.now = undefined;
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function inCall(local = devices({ microphone: ON, camera: ON })) {
  const events: CallEvent[] = [];
  const call = createCall({
    local,
    grant: async () => ({
      room: "r",
      participant: "me",
      token: "t",
      expires_at: new Date(Date.now() + 600_000).toISOString(),
    }),
  });
  call.subscribe((event) => events.push(event));
  call.join();
  await vi.advanceTimersByTimeAsync(0);
  room().says(entered());
  return { call, local, events };
}

describe("what I send", () => {
  it("is announced on entering", async () => {
    const { call } = await inCall();
    expect(room().sent).toEqual([sources({ microphone: true, camera: true })]);
    expect(call.store.getState()).toMatchObject({ phase: "in_call", videoSlots: 4 });
    await call.leave();
  });

  it("follows the devices", async () => {
    const { call } = await inCall();
    await call.toggleCamera();
    expect(room().sent.at(-1)).toEqual(sources({ microphone: true }));
    await call.toggleMicrophone();
    expect(room().sent.at(-1)).toEqual(sources({}));
    await call.leave();
  });

  it("is switched off by a moderator without being announced again on the way", async () => {
    const { call, local, events } = await inCall();
    const before = room().sent.length;
    room().says({ type: "sources_taken", by_name: "Jan", sources: NO_SOURCES });
    expect(call.store.getState().sources).toEqual(NO_SOURCES);
    await vi.advanceTimersByTimeAsync(10);
    expect(room().sent).toHaveLength(before);
    expect(local.setMicrophone).toHaveBeenCalledWith(false);
    expect(local.setCamera).toHaveBeenCalledWith(false);
    expect(events).toEqual([
      { type: "sources_taken", byName: "Jan", taken: ["microphone", "camera"] },
    ]);
    await call.toggleMicrophone();
    expect(room().sent.at(-1)).toEqual(sources({ microphone: true }));
    await call.leave();
  });

  it("is announced again on a new socket", async () => {
    const { call } = await inCall();
    const first = room();
    first.onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(0);
    expect(call.store.getState().phase).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(room()).not.toBe(first);
    room().says(entered());
    expect(room().sent).toContainEqual(sources({ microphone: true, camera: true }));
    expect(call.store.getState().phase).toBe("in_call");
    await call.leave();
  });
});

describe("chat", () => {
  it("is trimmed, cut, and sent again after a reconnect", async () => {
    const { call } = await inCall();
    call.sendChat("   ");
    call.sendChat(` ${"ż".repeat(2_100)} `);
    const first = room().sent.at(-1) as unknown as { client_id: string; text: string };
    expect(first.text).toHaveLength(2_000);
    room().onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(1_000);
    room().says(entered());
    expect(room().sent).toContainEqual(first);
    expect(call.store.getState().pendingChat).toHaveLength(1);
    await call.leave();
  });
});

describe("the end", () => {
  it.each([
    [
      { type: "removed", reason: "x" },
      { kind: "removed", reason: "x" },
    ],
    [{ type: "ended" }, { kind: "ended" }],
    [{ type: "replaced" }, { kind: "replaced" }],
  ] as const)("by %o closes the socket and the devices", async (message, reason) => {
    const { call, local } = await inCall();
    const socket = room();
    socket.says(message);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(call.store.getState()).toMatchObject({ phase: "ended", ended: reason, media: "off" });
    expect(local.close).toHaveBeenCalledTimes(1);
    expect(socket.readyState).toBe(3);
    expect(room()).toBe(socket);
  });

  it("by leaving tells the room first", async () => {
    const { call } = await inCall();
    await call.leave();
    expect(room().sent.at(-1)).toEqual({ type: "leave" });
    expect(call.store.getState().ended).toEqual({ kind: "left" });
  });

  it("comes before the beginning without a place", async () => {
    const local = devices();
    const call = createCall({ local, grant: () => Promise.reject(new GrantRefused("room_ended")) });
    call.join();
    await vi.advanceTimersByTimeAsync(0);
    expect(call.store.getState()).toMatchObject({
      phase: "ended",
      ended: { kind: "not_admitted", code: "room_ended" },
    });
  });

  it("comes at once in a browser that can't hold calls", () => {
    vi.stubGlobal("isSecureContext", false);
    const call = createCall({ local: devices(), grant: () => new Promise(() => undefined) });
    call.join();
    expect(call.store.getState().ended).toEqual({ kind: "unsupported", why: "insecure" });
  });
});

it("says that a request wasn't sent while the connection is down", async () => {
  const { call, events } = await inCall();
  call.raiseHand(true);
  expect(room().sent.at(-1)).toEqual({ type: "raise_hand", raised: true });
  room().onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(0);
  call.mute("anna");
  expect(events.map(({ type }) => type)).toEqual(["reconnecting", "not_sent"]);
  await call.leave();
});

it("lets reactions fade", async () => {
  const { call } = await inCall();
  room().says({ type: "reacted", participant: "anna", reaction: "heart" });
  expect(call.store.getState().reactions.size).toBe(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(call.store.getState().reactions.size).toBe(0);
  await call.leave();
});

it("shows itself read-only for diagnostics", async () => {
  const { call } = await inCall();
  const handle = (globalThis as { szponCall?: { store: object } }).szponCall;
  expect(handle).toBeDefined();
  expect(Object.keys(handle ?? {})).toEqual(["store", "diagnostics"]);
  expect(Object.keys(handle?.store ?? {})).toEqual(["getState", "subscribe"]);
  await call.leave();
});
