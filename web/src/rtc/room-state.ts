/** What the room looks like, as a pure function of the messages that came. */
import type {
  CallEvent,
  EndReason,
  Note,
  PendingChat,
  RoomInfo,
  ShownReaction,
  WaitingPlace,
} from "./call-types";
import type {
  ChatMessage,
  Participant,
  ParticipantId,
  RoomSnapshot,
  ToClient,
  WaitingPerson,
} from "./wire";

/** Enough to scroll through a long meeting, little enough for a phone. */
const CHAT_KEPT = 1000;
const NOTES_KEPT = 50;

export interface RoomState {
  stage: "outside" | "waiting" | "inside";
  ended: EndReason | null;
  you: ParticipantId | null;
  room: RoomInfo | null;
  participants: ReadonlyMap<ParticipantId, Participant>;
  waiting: readonly WaitingPerson[];
  waitingPlace: WaitingPlace | null;
  notes: readonly Note[];
  chat: readonly ChatMessage[];
  pendingChat: readonly PendingChat[];
  reactions: ReadonlyMap<ParticipantId, ShownReaction>;
}

export const OUTSIDE: RoomState = Object.freeze({
  stage: "outside",
  ended: null,
  you: null,
  room: null,
  participants: new Map(),
  waiting: [],
  waitingPlace: null,
  notes: [],
  chat: [],
  pendingChat: [],
  reactions: new Map(),
});

/** The state after a message, and what is worth telling people about it. */
export interface Step {
  state: RoomState;
  events: readonly CallEvent[];
}

/** Messages that don't concern the room's state (or that a newer server sends) change nothing. */
export function receive(state: RoomState, message: ToClient): Step {
  switch (message.type) {
    case "waiting":
      return {
        state: {
          ...state,
          stage: "waiting",
          you: message.you,
          waitingPlace: { place: message.place, of: message.of, hostPresent: message.host_present },
          participants: new Map(),
          waiting: [],
        },
        events: [],
      };
    case "note": {
      const note: Note = { fromName: message.from_name, text: message.text, at: message.at };
      return {
        state: { ...state, notes: [...state.notes, note].slice(-NOTES_KEPT) },
        events: [{ type: "note", note }],
      };
    }
    case "entered":
      return entered(state, message.you, message.room);
    case "refused":
      return over(state, { kind: "refused", reason: message.reason });
    case "removed":
      return over(state, { kind: "removed", reason: message.reason });
    case "ended":
      return over(state, { kind: "ended" });
    case "replaced":
      return over(state, { kind: "replaced" });
    case "joined": {
      const known = state.participants.has(message.participant.id);
      return {
        state: withParticipant(state, message.participant),
        events:
          known || message.participant.id === state.you
            ? []
            : [{ type: "joined", participant: message.participant }],
      };
    }
    case "updated":
      return updated(state, message.participant);
    case "left": {
      const participant = state.participants.get(message.participant);
      if (!participant) return { state, events: [] };
      const participants = new Map(state.participants);
      participants.delete(message.participant);
      return {
        state: { ...state, participants },
        events: [{ type: "left", participant, reason: message.reason }],
      };
    }
    case "waiting_room": {
      const known = new Set(state.waiting.map((person) => person.id));
      return {
        state: { ...state, waiting: message.waiting },
        events: message.waiting
          .filter((person) => !known.has(person.id))
          .map((person) => ({ type: "waiting_arrived", person })),
      };
    }
    case "chat":
      return chat(state, message.message);
    case "reacted": {
      const reactions = new Map(state.reactions);
      const serial = (reactions.get(message.participant)?.serial ?? 0) + 1;
      // Deleted first, so that the newest comes last.
      reactions.delete(message.participant);
      reactions.set(message.participant, { reaction: message.reaction, serial });
      return {
        state: { ...state, reactions },
        events: [{ type: "reacted", participant: message.participant, reaction: message.reaction }],
      };
    }
    case "room_updated":
      return {
        state: state.room
          ? {
              ...state,
              room: { ...state.room, locked: message.locked, waitingRoom: message.waiting_room },
            }
          : state,
        events: [],
      };
    case "sources_taken": {
      const me = state.you === null ? undefined : state.participants.get(state.you);
      return {
        state: me ? withParticipant(state, { ...me, sources: message.sources }) : state,
        // What that means here, only the owner of the devices can tell.
        events: [],
      };
    }
    case "refusal": {
      const clientId = message.client_id;
      if (clientId === undefined || clientId === null) {
        return { state, events: [{ type: "refusal", code: message.code }] };
      }
      return {
        state: {
          ...state,
          pendingChat: state.pendingChat.map((pending) =>
            pending.clientId === clientId ? { ...pending, refused: message.code } : pending,
          ),
        },
        events: [{ type: "refusal", code: message.code }],
      };
    }
    default:
      return { state, events: [] };
  }
}

/** A message that I wrote and that is on its way now. */
export function chatWritten(state: RoomState, pending: PendingChat): RoomState {
  const others = state.pendingChat.filter((other) => other.clientId !== pending.clientId);
  return { ...state, pendingChat: [...others, pending] };
}

export function chatDiscarded(state: RoomState, clientId: string): RoomState {
  return {
    ...state,
    pendingChat: state.pendingChat.filter((pending) => pending.clientId !== clientId),
  };
}

/** Takes a reaction away, unless a newer one stands in its place. */
export function reactionFaded(
  state: RoomState,
  participant: ParticipantId,
  serial: number,
): RoomState {
  if (state.reactions.get(participant)?.serial !== serial) return state;
  const reactions = new Map(state.reactions);
  reactions.delete(participant);
  return { ...state, reactions };
}

function entered(state: RoomState, you: ParticipantId, room: RoomSnapshot): Step {
  // On a reconnect the messages that were missed are news; on the first entry none is.
  const again = state.stage === "inside";
  const known = new Set(state.chat.map((message) => message.id));
  const missed = again ? room.chat.filter((message) => !known.has(message.id)) : [];
  const confirmed = new Set(
    room.chat.filter((message) => message.from === you).map((message) => message.client_id),
  );
  return {
    state: {
      ...state,
      stage: "inside",
      you,
      room: {
        id: room.id,
        title: room.title,
        officeName: room.office_name,
        locked: room.locked,
        waitingRoom: room.waiting_room,
        startedAt: room.started_at,
      },
      participants: new Map(room.participants.map((participant) => [participant.id, participant])),
      waiting: room.waiting,
      waitingPlace: null,
      chat: again ? mergeChat(state.chat, room.chat) : room.chat,
      pendingChat: state.pendingChat.filter((pending) => !confirmed.has(pending.clientId)),
    },
    events: missed.map((message) => ({ type: "chat", message, mine: message.from === you })),
  };
}

/** The snapshot holds the newest messages only; those from before it are kept. */
function mergeChat(
  kept: readonly ChatMessage[],
  snapshot: readonly ChatMessage[],
): readonly ChatMessage[] {
  const newer = new Set(snapshot.map((message) => message.id));
  return [...kept.filter((message) => !newer.has(message.id)), ...snapshot].slice(-CHAT_KEPT);
}

function over(state: RoomState, ended: EndReason): Step {
  return { state: { ...state, stage: "outside", ended }, events: [] };
}

function updated(state: RoomState, participant: Participant): Step {
  const former = state.participants.get(participant.id);
  const events: CallEvent[] = [];
  if (former) {
    const raised = participant.hand_raised_at ?? null;
    if (((former.hand_raised_at ?? null) === null) !== (raised === null)) {
      events.push({ type: "hand", participant, raised: raised !== null });
    }
    if (!former.sources.screen && participant.sources.screen) {
      events.push({ type: "share_started", participant });
    }
    if (former.sources.screen && !participant.sources.screen) {
      events.push({ type: "share_stopped", participant });
    }
    if (former.role !== participant.role) {
      events.push({ type: "role_changed", participant, mine: participant.id === state.you });
    }
  }
  return { state: withParticipant(state, participant), events };
}

function chat(state: RoomState, message: ChatMessage): Step {
  if (state.chat.some((known) => known.id === message.id)) return { state, events: [] };
  const mine = message.from === state.you;
  return {
    state: {
      ...state,
      chat: [...state.chat, message].slice(-CHAT_KEPT),
      pendingChat: mine
        ? state.pendingChat.filter((pending) => pending.clientId !== message.client_id)
        : state.pendingChat,
    },
    events: [{ type: "chat", message, mine }],
  };
}

function withParticipant(state: RoomState, participant: Participant): RoomState {
  return {
    ...state,
    participants: new Map(state.participants).set(participant.id, participant),
  };
}
