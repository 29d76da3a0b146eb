/** The public shape of a call: what the UI reads and what it can do. */
import type { StoreApi } from "zustand/vanilla";

import type { Diagnostics } from "./media/diagnostics-types";
import type { DeviceProblem, LocalMedia, ShareOptions } from "./devices/types";
import type {
  ChatMessage,
  Code,
  JoinGrant,
  LeaveReason,
  Participant,
  ParticipantId,
  Quality,
  Reaction,
  RoomId,
  RoomRole,
  Source,
  SourceSet,
  Speaker,
  Tile,
  VideoSource,
  WaitingPerson,
} from "./wire";

/**
 * Where the call stands.
 * - `idle`: `join()` was not called yet.
 * - `connecting`: asking for a place, opening the socket.
 * - `waiting`: in the waiting room; `waitingPlace` and `notes` are filled.
 * - `in_call`: in the room. Pictures may still be on their way (`media`).
 * - `reconnecting`: was waiting or in the room, and the socket or the media path is lost. All of the
 *   state stays as it was; go on showing it, with a notice. `stage` says which of the two it was.
 * - `ended`: over; `ended` says why. Nothing comes after it.
 */
export type Phase = "idle" | "connecting" | "waiting" | "in_call" | "reconnecting" | "ended";

/** Why the call is over. */
export type EndReason =
  /** I left. */
  | { kind: "left" }
  /** A moderator ended it for all. */
  | { kind: "ended" }
  | { kind: "removed"; reason: string }
  /** Not let in from the waiting room. */
  | { kind: "refused"; reason: string }
  /** The same place was taken in another tab or on another device. */
  | { kind: "replaced" }
  /** The server gave no place, or took it back (REST error code). */
  | { kind: "not_admitted"; code: Code }
  /** This browser or this address (no https) can't hold video calls. */
  | { kind: "unsupported"; why: "browser" | "insecure" };

export interface RoomInfo {
  id: RoomId;
  title: string;
  officeName: string;
  locked: boolean;
  waitingRoom: boolean;
  /** RFC 3339 */
  startedAt: string;
}

export interface WaitingPlace {
  /** 1 is next. */
  place: number;
  of: number;
  hostPresent: boolean;
}

/** What a moderator wrote to the waiting person. */
export interface Note {
  fromName: string;
  text: string;
  at: string;
}

/** A chat message of mine that the server has not confirmed. Sent again after a reconnect. */
export interface PendingChat {
  clientId: string;
  text: string;
  at: string;
  /** Set when the server refused it; then it isn't sent again unless `retryChat` is called. */
  refused: Code | null;
}

export interface ShownReaction {
  reaction: Reaction;
  /** Grows by one with each reaction: a React key that restarts an animation. */
  serial: number;
}

/** `"<participant>/<source>"`, see {@link videoKey}. */
export type VideoKey = `${ParticipantId}/${VideoSource}`;

/** A picture of somebody else that the node sends now. */
export interface RemoteVideo {
  key: VideoKey;
  participant: ParticipantId;
  source: VideoSource;
  /**
   * For `srcObject`, on a `muted autoplay playsInline` element: sound is played by the library. The
   * same object through slot changes and reconnects, as long as the picture stays in the map.
   */
  stream: MediaStream;
  /** 0 quarter, 1 half, 2 full; null while nothing flows: show the avatar. */
  layer: number | null;
}

export type MediaStatus =
  /** No session is wanted (not in the room). */
  | "off"
  | "connecting"
  | "up"
  /** Lost; being restored by itself. */
  | "recovering";

export interface CallState {
  phase: Phase;
  ended: EndReason | null;
  /** Where the person stands on the server, through reconnects. */
  stage: "outside" | "waiting" | "inside";
  /** The room socket. */
  signalling: "down" | "connecting" | "up";
  media: MediaStatus;

  you: ParticipantId | null;
  room: RoomInfo | null;
  /** In order of joining; includes yourself. */
  participants: ReadonlyMap<ParticipantId, Participant>;
  /** For moderators: who waits, in order of arrival. */
  waiting: readonly WaitingPerson[];
  /** While I wait. */
  waitingPlace: WaitingPlace | null;
  notes: readonly Note[];
  /** Confirmed messages, oldest first. */
  chat: readonly ChatMessage[];
  /** Mine that are on their way or were refused; show them after `chat`. */
  pendingChat: readonly PendingChat[];
  /** Reactions of the last few seconds. */
  reactions: ReadonlyMap<ParticipantId, ShownReaction>;

  /** What I really send now. */
  sources: SourceSet;
  /** What I may send, by the media grant. */
  mayPublish: SourceSet;
  /** Most videos that can be shown at once here; ask for no more in `setView`. */
  videoSlots: number;

  videos: ReadonlyMap<VideoKey, RemoteVideo>;
  /** Who speaks now, loudest first; may include yourself. */
  speakers: readonly Speaker[];
  quality: ReadonlyMap<ParticipantId, Quality>;
  /** Round trip to the media node in milliseconds. */
  rttMs: number | null;
  /** The browser wants a click before it plays sound: show a button that calls `resumeAudio`. */
  audioBlocked: boolean;
}

/** Passing things: for notices and screen-reader announcements. The state has them already. */
export type CallEvent =
  | { type: "joined"; participant: Participant }
  | { type: "left"; participant: Participant; reason: LeaveReason }
  | { type: "chat"; message: ChatMessage; mine: boolean }
  | { type: "note"; note: Note }
  | { type: "reacted"; participant: ParticipantId; reaction: Reaction }
  | { type: "hand"; participant: Participant; raised: boolean }
  | { type: "waiting_arrived"; person: WaitingPerson }
  /** A moderator switched `taken` off. */
  | { type: "sources_taken"; byName: string; taken: readonly Source[] }
  | { type: "share_started"; participant: Participant }
  | { type: "share_stopped"; participant: Participant }
  | { type: "role_changed"; participant: Participant; mine: boolean }
  /** The server refused the last request. */
  | { type: "refusal"; code: Code }
  /** Not sent, since the connection is just down: do it again later. */
  | { type: "not_sent" }
  /** My device failed or was unplugged. */
  | { type: "device"; source: Source; problem: DeviceProblem }
  /** I speak while my microphone is muted. At most every 15 s. */
  | { type: "speaking_while_muted" }
  | { type: "reconnecting" }
  | { type: "reconnected" };

export interface CallOptions {
  /**
   * Gets a place: `POST /api/v1/rooms/{room}/join` or `POST /api/v1/links/redeem`. `resume` is the
   * newest token of the place held before (also pass one kept from before a page reload through
   * `resume` below). Throw {@link GrantRefused} when the server said no; anything else counts as a
   * network failure and is tried again.
   */
  grant(resume: string | undefined, signal: AbortSignal): Promise<JoinGrant>;
  /** A token kept from before a reload of the page, to take the same place. */
  resume?: string | undefined;
  /** Called with every new token, to keep it for a reload (sessionStorage). */
  onToken?: (token: string) => void;
  /** The person's devices. The call follows them, and closes them when it ends. */
  local: LocalMedia;
  /** `wss://…/api/v1/room-socket`; default from `location`. */
  socketUrl?: string;
  /** Fewer on phones: default by screen and cores, at most what the grant allows. */
  maxVideoSlots?: number;
}

export interface Call {
  readonly store: StoreApi<CallState>;
  readonly local: LocalMedia;
  /** Starts. Call it from the click on "Join": figures count from here, and sound is unlocked. */
  join(): void;
  /** Goes for good and closes everything, devices too. */
  leave(): Promise<void>;
  subscribe(listener: (event: CallEvent) => void): () => void;

  toggleMicrophone(): Promise<void>;
  toggleCamera(): Promise<void>;
  /** Straight from a click. The outcome is in `local.store`'s `screen`. */
  startShare(options?: ShareOptions): Promise<void>;
  stopShare(): void;

  /** At most 2000 characters; trimmed; empty is ignored. */
  sendChat(text: string): void;
  /** Sends a refused message once more. */
  retryChat(clientId: string): void;
  discardChat(clientId: string): void;
  raiseHand(raised: boolean): void;
  react(reaction: Reaction): void;

  /** All that is visible now, in device pixels. Call it as often as you like. */
  setView(tiles: readonly Tile[]): void;
  /** From a click, when `audioBlocked`. */
  resumeAudio(): Promise<void>;

  // Moderators only.
  admit(participant: ParticipantId): void;
  admitAll(): void;
  refuse(participant: ParticipantId, reason: string): void;
  /** null: to everyone who waits. */
  writeToWaiting(participant: ParticipantId | null, text: string): void;
  mute(participant: ParticipantId): void;
  muteAll(): void;
  stopCameraOf(participant: ParticipantId): void;
  stopShareOf(participant: ParticipantId): void;
  lowerHand(participant: ParticipantId): void;
  remove(participant: ParticipantId, reason: string): void;
  lock(locked: boolean): void;
  setWaitingRoom(on: boolean): void;
  setRole(participant: ParticipantId, role: Exclude<RoomRole, "host">): void;
  /** Ends the meeting for all. */
  end(): void;

  /** Figures for support and for tests; also at `globalThis.szponCall.diagnostics()`. */
  diagnostics(): Promise<Diagnostics>;
}

/** The server said no to a place; `code` decides whether asking again makes sense. */
export class GrantRefused extends Error {
  readonly code: Code;
  /** Seconds, from the problem document. */
  readonly retryAfter: number | undefined;

  constructor(code: Code, retryAfter?: number) {
    super(`no place: ${code}`);
    this.name = "GrantRefused";
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** The key of a picture in {@link CallState.videos}. */
export function videoKey(participant: ParticipantId, source: VideoSource): VideoKey {
  return `${participant}/${source}`;
}
