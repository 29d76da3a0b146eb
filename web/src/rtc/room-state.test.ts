import { describe, expect, it } from "vitest";

import type { PendingChat } from "./call-types";
import {
  chatDiscarded,
  chatWritten,
  OUTSIDE,
  reactionFaded,
  receive,
  type RoomState,
} from "./room-state";
import {
  NO_SOURCES,
  type ChatMessage,
  type MediaGrant,
  type Participant,
  type RoomSnapshot,
  type ToClient,
  type WaitingPerson,
} from "./wire";

const AT = "2026-11-23T10:00:00.000Z";
const MEDIA: MediaGrant = {
  url: "/media/v1",
  token: "t",
  expires_at: AT,
  publish: { microphone: true, camera: true, screen: true, screen_audio: true },
  video_slots: 9,
};

function person(id: string, change: Partial<Participant> = {}): Participant {
  return {
    id,
    name: id.toUpperCase(),
    role: "participant",
    guest: false,
    sources: NO_SOURCES,
    hand_raised_at: null,
    connected: true,
    joined_at: AT,
    ...change,
  };
}

function written(id: string, from: string, clientId = `c-${id}`): ChatMessage {
  return { id, from, from_name: from, text: `text ${id}`, at: AT, client_id: clientId };
}

function snapshot(change: Partial<RoomSnapshot> = {}): RoomSnapshot {
  return {
    id: "room",
    title: "Meldunek",
    office_name: "Urząd",
    locked: false,
    waiting_room: true,
    participants: [person("me"), person("anna")],
    waiting: [],
    chat: [],
    started_at: AT,
    ...change,
  };
}

function after(state: RoomState, ...messages: ToClient[]): RoomState {
  return messages.reduce((present, message) => receive(present, message).state, state);
}

const entered = (room = snapshot()): ToClient => ({
  type: "entered",
  you: "me",
  room,
  media: MEDIA,
});
const inside = after(OUTSIDE, entered());

describe("waiting", () => {
  it("tells the place and moves up", () => {
    const waiting = after(
      OUTSIDE,
      { type: "waiting", you: "me", place: 3, of: 3, host_present: false },
      { type: "waiting", you: "me", place: 2, of: 4, host_present: true },
    );
    expect(waiting.stage).toBe("waiting");
    expect(waiting.you).toBe("me");
    expect(waiting.waitingPlace).toEqual({ place: 2, of: 4, hostPresent: true });
  });

  it("keeps notes and tells of each", () => {
    const step = receive(OUTSIDE, { type: "note", from_name: "Jan", text: "Chwila", at: AT });
    expect(step.state.notes).toEqual([{ fromName: "Jan", text: "Chwila", at: AT }]);
    expect(step.events).toEqual([{ type: "note", note: step.state.notes[0] }]);
  });

  it("ends when refused", () => {
    const { state } = receive(OUTSIDE, { type: "refused", reason: "Zła osoba" });
    expect(state.ended).toEqual({ kind: "refused", reason: "Zła osoba" });
  });
});

describe("entering", () => {
  it("fills the room and leaves the waiting room", () => {
    const state = after(
      OUTSIDE,
      { type: "waiting", you: "me", place: 1, of: 1, host_present: true },
      entered(),
    );
    expect(state.stage).toBe("inside");
    expect(state.waitingPlace).toBeNull();
    expect([...state.participants.keys()]).toEqual(["me", "anna"]);
    expect(state.room).toEqual({
      id: "room",
      title: "Meldunek",
      officeName: "Urząd",
      locked: false,
      waitingRoom: true,
      startedAt: AT,
    });
  });

  it("announces no old chat at first, but what was missed on a reconnect", () => {
    const first = receive(OUTSIDE, entered(snapshot({ chat: [written("1", "anna")] })));
    expect(first.events).toEqual([]);
    const again = receive(
      first.state,
      entered(snapshot({ chat: [written("1", "anna"), written("2", "anna")] })),
    );
    expect(again.events).toEqual([{ type: "chat", message: written("2", "anna"), mine: false }]);
    expect(again.state.chat.map((message) => message.id)).toEqual(["1", "2"]);
  });

  it("keeps messages that are older than the snapshot's", () => {
    const first = after(
      OUTSIDE,
      entered(snapshot({ chat: [written("1", "a"), written("2", "a")] })),
    );
    const again = after(first, entered(snapshot({ chat: [written("2", "a"), written("3", "a")] })));
    expect(again.chat.map((message) => message.id)).toEqual(["1", "2", "3"]);
  });

  it("forgets who left meanwhile", () => {
    const again = after(inside, entered(snapshot({ participants: [person("me")] })));
    expect([...again.participants.keys()]).toEqual(["me"]);
  });
});

describe("participants", () => {
  it("come and go", () => {
    const joined = receive(inside, { type: "joined", participant: person("ola") });
    expect(joined.events).toEqual([{ type: "joined", participant: person("ola") }]);
    const left = receive(joined.state, { type: "left", participant: "ola", reason: "lost" });
    expect(left.events).toEqual([{ type: "left", participant: person("ola"), reason: "lost" }]);
    expect(left.state.participants.has("ola")).toBe(false);
  });

  it("are not announced twice, nor when unknown", () => {
    expect(receive(inside, { type: "joined", participant: person("anna") }).events).toEqual([]);
    expect(receive(inside, { type: "joined", participant: person("me") }).events).toEqual([]);
    expect(receive(inside, { type: "left", participant: "x", reason: "left" })).toEqual({
      state: inside,
      events: [],
    });
  });

  it("raise hands, share and change roles", () => {
    const changed = person("anna", {
      hand_raised_at: AT,
      role: "interpreter",
      sources: { ...NO_SOURCES, screen: true },
    });
    const up = receive(inside, { type: "updated", participant: changed });
    expect(up.events).toEqual([
      { type: "hand", participant: changed, raised: true },
      { type: "share_started", participant: changed },
      { type: "role_changed", participant: changed, mine: false },
    ]);
    const down = receive(up.state, { type: "updated", participant: person("anna") });
    expect(down.events.map((event) => event.type)).toEqual([
      "hand",
      "share_stopped",
      "role_changed",
    ]);
  });

  it("treats an absent hand like null", () => {
    const participant = person("anna");
    delete participant.hand_raised_at;
    expect(receive(inside, { type: "updated", participant }).events).toEqual([]);
  });
});

describe("moderation", () => {
  it("announces only those who are new in the waiting room", () => {
    const one: WaitingPerson = {
      id: "w1",
      name: "W",
      role: "participant",
      guest: true,
      since: AT,
      connected: true,
    };
    const two = { ...one, id: "w2" };
    const first = receive(inside, { type: "waiting_room", waiting: [one] });
    expect(first.events).toEqual([{ type: "waiting_arrived", person: one }]);
    const second = receive(first.state, { type: "waiting_room", waiting: [one, two] });
    expect(second.events).toEqual([{ type: "waiting_arrived", person: two }]);
    expect(second.state.waiting).toEqual([one, two]);
  });

  it("takes sources", () => {
    const on = after(inside, {
      type: "updated",
      participant: person("me", { sources: { ...NO_SOURCES, microphone: true, camera: true } }),
    });
    const { state, events } = receive(on, {
      type: "sources_taken",
      by_name: "Jan",
      sources: { ...NO_SOURCES, camera: true },
    });
    expect(events).toEqual([]);
    expect(state.participants.get("me")?.sources.microphone).toBe(false);
  });

  it.each([
    [
      { type: "removed", reason: "x" },
      { kind: "removed", reason: "x" },
    ],
    [{ type: "ended" }, { kind: "ended" }],
    [{ type: "replaced" }, { kind: "replaced" }],
  ] as const)("%o is the end", (message, ended) => {
    const { state } = receive(inside, message);
    expect(state.ended).toEqual(ended);
    expect(state.stage).toBe("outside");
  });

  it("updates the room's switches", () => {
    const { state } = receive(inside, { type: "room_updated", locked: true, waiting_room: false });
    expect(state.room).toMatchObject({ locked: true, waitingRoom: false, title: "Meldunek" });
    const nowhere = { type: "room_updated", locked: true, waiting_room: true } as const;
    expect(receive(OUTSIDE, nowhere).state).toBe(OUTSIDE);
  });
});

describe("chat", () => {
  const mine: PendingChat = { clientId: "c", text: "hej", at: AT, refused: null };

  it("confirms what I wrote by its mark", () => {
    const pending = chatWritten(inside, mine);
    const { state, events } = receive(pending, { type: "chat", message: written("9", "me", "c") });
    expect(state.pendingChat).toEqual([]);
    expect(state.chat).toHaveLength(1);
    expect(events).toEqual([{ type: "chat", message: written("9", "me", "c"), mine: true }]);
  });

  it("is not confused by somebody else's use of the same mark", () => {
    const pending = chatWritten(inside, mine);
    const { state } = receive(pending, { type: "chat", message: written("9", "anna", "c") });
    expect(state.pendingChat).toEqual([mine]);
  });

  it("ignores a repetition", () => {
    const once = after(inside, { type: "chat", message: written("1", "anna") });
    expect(receive(once, { type: "chat", message: written("1", "anna") })).toEqual({
      state: once,
      events: [],
    });
  });

  it("confirms by the snapshot after a reconnect", () => {
    const pending = chatWritten(chatWritten(inside, mine), { ...mine, clientId: "d" });
    const again = after(pending, entered(snapshot({ chat: [written("1", "me", "c")] })));
    expect(again.pendingChat.map((chat) => chat.clientId)).toEqual(["d"]);
  });

  it("marks what was refused, and can be tried again or dropped", () => {
    const pending = chatWritten(inside, mine);
    const refused = after(pending, { type: "refusal", code: "rate_limited", client_id: "c" });
    expect(refused.pendingChat[0]?.refused).toBe("rate_limited");
    expect(chatWritten(refused, mine).pendingChat).toEqual([mine]);
    expect(chatDiscarded(refused, "c").pendingChat).toEqual([]);
  });
});

describe("reactions", () => {
  it("show, are replaced and fade", () => {
    const first = after(inside, { type: "reacted", participant: "anna", reaction: "heart" });
    const second = after(first, { type: "reacted", participant: "anna", reaction: "laugh" });
    expect(second.reactions.get("anna")).toEqual({ reaction: "laugh", serial: 2 });
    // The first one's time is over, but the second one stands.
    expect(reactionFaded(second, "anna", 1)).toBe(second);
    expect(reactionFaded(second, "anna", 2).reactions.size).toBe(0);
  });
});

it("a refusal of anything else is told", () => {
  const { state, events } = receive(inside, { type: "refusal", code: "forbidden" });
  expect(state).toBe(inside);
  expect(events).toEqual([{ type: "refusal", code: "forbidden" }]);
});

it.each([
  { type: "pong", nonce: 1 },
  { type: "media", media: MEDIA },
  { type: "token", token: "t", expires_at: AT },
  { type: "draining", after_ms: 5 },
] as const)("$type is no matter of the room", (message) => {
  expect(receive(inside, message)).toEqual({ state: inside, events: [] });
});

it("a message of a newer server changes nothing", () => {
  expect(receive(inside, { type: "confetti" } as unknown as ToClient).state).toBe(inside);
});
