/** A call: the room socket, the media link and the person's devices, as one store with actions. */
import { createStore, type StoreApi } from "zustand/vanilla";

import type { Call, CallEvent, CallOptions, CallState, EndReason } from "./call-types";
import type { LocalMedia, ShareOptions } from "./devices/types";
import { MediaGrants } from "./media-grants";
import type { Diagnostics } from "./media/diagnostics-types";
import { MediaLink } from "./media/media-link";
import { MutedSpeech } from "./muted-speech";
import { onNetworkHint } from "./network";
import { opened, ownSources, ownTracks } from "./own-sources";
import { onHidden } from "./page-view";
import { phaseOf } from "./phase";
import { RoomSocket } from "./room-socket";
import {
  chatDiscarded,
  chatWritten,
  OUTSIDE,
  reactionFaded,
  receive,
  type RoomState,
} from "./room-state";
import { unsupported } from "./support";
import { WakeLock } from "./wake-lock";
import {
  CHAT_MAX_CHARS,
  NO_SOURCES,
  sameSources,
  type MediaGrant,
  type ParticipantId,
  type Reaction,
  type RoomRole,
  type Source,
  type SourceSet,
  type Tile,
  type ToClient,
  type ToRoom,
} from "./wire";

/** How long a reaction shows. */
const REACTION_MS = 5_000;
const SOURCES: readonly Source[] = ["microphone", "camera", "screen", "screen_audio"];

/** One call, not begun yet. */
export function createCall(options: CallOptions): Call {
  return new RunningCall(options);
}

class RunningCall implements Call {
  readonly store: StoreApi<CallState>;
  readonly local: LocalMedia;
  readonly #socket: RoomSocket;
  readonly #link: MediaLink;
  readonly #grants: MediaGrants;
  readonly #wakeLock = new WakeLock();
  readonly #listeners = new Set<(event: CallEvent) => void>();
  readonly #mutedSpeech = new MutedSpeech();
  /** Everything to undo at the end. */
  readonly #undo: (() => void)[] = [];
  #room: RoomState = OUTSIDE;
  #begunAt: number | null = null;
  #enteredAt: number | null = null;
  #withheld = new Set<Source>();
  /** The sources that the server knows of, on the present socket. */
  #announced: SourceSet | null = null;
  #finished = false;

  constructor(options: CallOptions) {
    this.local = options.local;
    this.store = createStore<CallState>(() => ({
      ...OUTSIDE,
      phase: "idle",
      signalling: "down",
      media: "off",
      sources: NO_SOURCES,
      mayPublish: NO_SOURCES,
      videoSlots: 0,
      videos: new Map(),
      speakers: [],
      quality: new Map(),
      rttMs: null,
      audioBlocked: false,
    }));
    this.#socket = new RoomSocket({
      url: options.socketUrl ?? defaultSocketUrl(),
      grant: options.grant,
      resume: options.resume,
      onToken: options.onToken,
      events: {
        onMessage: (message) => {
          this.#receive(message);
        },
        onStatus: (signalling) => {
          if (signalling !== "up") this.#announced = null;
          this.#update({ signalling });
        },
        onRefused: (code) => {
          this.#finish({ kind: "not_admitted", code });
        },
      },
    });
    this.#grants = new MediaGrants(() => this.#socket.send({ type: "get_media" }));
    this.#link = new MediaLink({
      tracks: () => this.#tracks(),
      grant: () => this.#grants.fresh(),
      maxVideoSlots: options.maxVideoSlots,
      events: {
        onStatus: (media) => {
          this.#update({ media });
        },
        onVideos: (videos) => {
          this.store.setState({ videos });
        },
        onSpeakers: (speakers) => {
          this.store.setState({ speakers });
        },
        onQuality: (changed) => {
          const quality = new Map(this.store.getState().quality);
          for (const one of changed) quality.set(one.participant, one.quality);
          this.store.setState({ quality });
        },
        onRtt: (rttMs) => {
          this.store.setState({ rttMs });
        },
        onCalm: (calm) => {
          this.#socket.setCalm(calm);
        },
        onAudioBlocked: (audioBlocked) => {
          this.store.setState({ audioBlocked });
        },
        onVideoSlots: (videoSlots) => {
          this.store.setState({ videoSlots });
        },
      },
    });
  }

  join(): void {
    if (this.#begunAt !== null || this.#room.ended) return;
    this.#begunAt = performance.now();
    const why = unsupported();
    if (why) {
      this.#finish({ kind: "unsupported", why });
      return;
    }
    this.#followDevices();
    this.#followPage();
    this.#exposeDiagnostics();
    this.#update({});
    this.#socket.start();
    this.#link.prepare();
  }

  leave(): Promise<void> {
    this.#socket.send({ type: "leave" });
    return this.#finish({ kind: "left" });
  }

  subscribe(listener: (event: CallEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  toggleMicrophone(): Promise<void> {
    const { wanted } = this.local.store.getState().microphone;
    this.#withheld.delete("microphone");
    return this.local.setMicrophone(!wanted);
  }

  toggleCamera(): Promise<void> {
    const { wanted } = this.local.store.getState().camera;
    this.#withheld.delete("camera");
    return this.local.setCamera(!wanted);
  }

  startShare(options?: ShareOptions): Promise<void> {
    this.#withheld.delete("screen");
    this.#withheld.delete("screen_audio");
    return this.local.startScreen(options);
  }

  stopShare(): void {
    this.local.stopScreen();
  }

  sendChat(text: string): void {
    const trimmed = [...text.trim()].slice(0, CHAT_MAX_CHARS).join("");
    if (trimmed !== "") this.#write(crypto.randomUUID(), trimmed);
  }

  retryChat(clientId: string): void {
    const refused = this.#room.pendingChat.find((pending) => pending.clientId === clientId);
    if (refused) this.#write(clientId, refused.text);
  }

  discardChat(clientId: string): void {
    this.#setRoom(chatDiscarded(this.#room, clientId));
  }

  raiseHand(raised: boolean): void {
    this.#request({ type: "raise_hand", raised });
  }

  react(reaction: Reaction): void {
    this.#request({ type: "react", reaction });
  }

  setView(tiles: readonly Tile[]): void {
    this.#link.setView(tiles);
  }

  resumeAudio(): Promise<void> {
    return this.#link.resumeAudio();
  }

  admit(participant: ParticipantId): void {
    this.#request({ type: "admit", participant });
  }

  admitAll(): void {
    this.#request({ type: "admit_all" });
  }

  refuse(participant: ParticipantId, reason: string): void {
    this.#request({ type: "refuse", participant, reason });
  }

  writeToWaiting(participant: ParticipantId | null, text: string): void {
    this.#request({ type: "write_to_waiting", participant, text });
  }

  mute(participant: ParticipantId): void {
    this.#request({ type: "mute", participant });
  }

  muteAll(): void {
    this.#request({ type: "mute_all" });
  }

  stopCameraOf(participant: ParticipantId): void {
    this.#request({ type: "stop_camera", participant });
  }

  stopShareOf(participant: ParticipantId): void {
    this.#request({ type: "stop_share", participant });
  }

  lowerHand(participant: ParticipantId): void {
    this.#request({ type: "lower_hand", participant });
  }

  remove(participant: ParticipantId, reason: string): void {
    this.#request({ type: "remove", participant, reason });
  }

  lock(locked: boolean): void {
    this.#request({ type: "lock", locked });
  }

  setWaitingRoom(on: boolean): void {
    this.#request({ type: "set_waiting_room", on });
  }

  setRole(participant: ParticipantId, role: Exclude<RoomRole, "host">): void {
    this.#request({ type: "set_role", participant, role });
  }

  end(): void {
    this.#request({ type: "end" });
  }

  async diagnostics(): Promise<Diagnostics> {
    const { connectedAt, firstFrameAt, ...figures } = await this.#link.diagnostics();
    return {
      ...figures,
      socketsOpened: this.#socket.opened,
      timeToEntered: this.#sinceJoin(this.#enteredAt),
      timeToMediaConnected: this.#sinceJoin(connectedAt),
      timeToFirstFrame: this.#sinceJoin(firstFrameAt),
    };
  }

  #receive(message: ToClient): void {
    if (this.#room.ended) return;
    const { state, events } = receive(this.#room, message);
    // Told before the rest, so that a listener finds the state that the event is about.
    this.#setRoom(state);
    switch (message.type) {
      case "entered":
        this.#entered(message.media);
        break;
      case "waiting":
        // Back in the waiting room: nothing is sent or received there.
        if (this.#link.running) this.#link.stop();
        break;
      case "media":
        this.#granted(message.media);
        break;
      case "sources_taken":
        this.#taken(message.by_name, message.sources);
        break;
      case "left":
        this.#forget(message.participant);
        break;
      case "reacted": {
        const { participant } = message;
        const serial = state.reactions.get(participant)?.serial ?? 0;
        setTimeout(() => {
          this.#setRoom(reactionFaded(this.#room, participant, serial));
        }, REACTION_MS);
        break;
      }
    }
    for (const event of events) this.#emit(event);
    if (state.ended) void this.#finish(state.ended);
  }

  #entered(media: MediaGrant): void {
    this.#enteredAt ??= performance.now();
    this.#granted(media);
    this.#wakeLock.hold();
    if (this.#link.running) {
      // The socket was lost: so may be the media path, without its knowing yet.
      this.#link.hint();
    } else {
      this.#link.start(media);
    }
    this.#followSources();
    for (const pending of this.#room.pendingChat) {
      if (pending.refused === null) {
        this.#socket.send({ type: "chat", client_id: pending.clientId, text: pending.text });
      }
    }
  }

  #granted(media: MediaGrant): void {
    this.#grants.received(media);
    this.store.setState({ mayPublish: media.publish });
    this.#followSources();
  }

  #taken(byName: string, left: SourceSet): void {
    this.#announced = left;
    const on = opened(this.local.store.getState());
    const taken = SOURCES.filter((source) => on[source] && !left[source]);
    for (const source of taken) this.#withheld.add(source);
    this.#followSources();
    if (taken.includes("microphone")) void this.local.setMicrophone(false);
    if (taken.includes("camera")) void this.local.setCamera(false);
    if (taken.includes("screen")) this.local.stopScreen();
    if (taken.length > 0) this.#emit({ type: "sources_taken", byName, taken });
  }

  #forget(participant: ParticipantId): void {
    const quality = new Map(this.store.getState().quality);
    if (quality.delete(participant)) this.store.setState({ quality });
  }

  #write(clientId: string, text: string): void {
    const at = new Date().toISOString();
    this.#setRoom(chatWritten(this.#room, { clientId, text, at, refused: null }));
    // Without a socket it stays pending and goes out on the next entry.
    if (this.#room.stage === "inside") {
      this.#socket.send({ type: "chat", client_id: clientId, text });
    }
  }

  #request(message: ToRoom): void {
    if (!this.#socket.send(message)) this.#emit({ type: "not_sent" });
  }

  /** Sends and announces what the devices give now. */
  #followSources(): void {
    const local = this.local.store.getState();
    const on = opened(local);
    for (const source of this.#withheld) if (!on[source]) this.#withheld.delete(source);
    const sources = ownSources(local, this.store.getState().mayPublish, this.#withheld);
    if (!sameSources(sources, this.store.getState().sources)) this.store.setState({ sources });
    if (this.#link.running) {
      const tracks = this.#tracks();
      for (const source of SOURCES) this.#link.setTrack(source, tracks[source]);
    }
    if (this.#room.stage !== "inside" || this.store.getState().signalling !== "up") return;
    if (this.#announced && sameSources(this.#announced, sources)) return;
    if (this.#socket.send({ type: "set_sources", sources })) this.#announced = sources;
  }

  #tracks() {
    const { sources, mayPublish } = this.store.getState();
    return ownTracks(this.local.store.getState(), sources, mayPublish);
  }

  #followDevices(): void {
    const link = this.#link;
    link.setSpeaker(this.local.store.getState().chosen.speaker);
    this.#undo.push(
      this.local.store.subscribe((now, before) => {
        this.#followSources();
        if (now.chosen.speaker !== before.chosen.speaker) link.setSpeaker(now.chosen.speaker);
        for (const source of ["microphone", "camera", "screen"] as const) {
          const { problem } = now[source];
          if (problem && problem !== before[source].problem) {
            this.#emit({ type: "device", source, problem });
          }
        }
      }),
      this.local.onLevel((level, muted) => {
        if (this.#room.stage !== "inside") return;
        if (this.#mutedSpeech.heard(level, muted, performance.now())) {
          this.#emit({ type: "speaking_while_muted" });
        }
      }),
    );
  }

  #followPage(): void {
    // The page goes: the node needn't wait for silence. The place in the room stays for a while,
    // since this may be a reload.
    const hide = () => {
      this.#link.stop();
    };
    window.addEventListener("pagehide", hide);
    this.#undo.push(
      () => {
        window.removeEventListener("pagehide", hide);
      },
      onNetworkHint(() => {
        this.#link.hint();
      }),
      onHidden((hidden) => {
        this.#link.hideView(hidden);
      }),
    );
  }

  /** `globalThis.szponCall`: for support, the console and end-to-end tests. Read-only. */
  #exposeDiagnostics(): void {
    const { getState, subscribe } = this.store;
    const handle = Object.freeze({
      store: Object.freeze({ getState, subscribe }),
      diagnostics: () => this.diagnostics(),
    });
    Object.defineProperty(globalThis, "szponCall", {
      value: handle,
      configurable: true,
      writable: false,
    });
  }

  async #finish(reason: EndReason): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    for (const undo of this.#undo.splice(0)) undo();
    this.#wakeLock.release();
    this.#grants.stop();
    this.#link.stop();
    this.#socket.stop();
    this.#setRoom({ ...this.#room, stage: "outside", ended: reason });
    this.store.setState({ sources: NO_SOURCES, audioBlocked: false });
    await this.local.close();
  }

  #setRoom(room: RoomState): void {
    if (room === this.#room) return;
    this.#room = room;
    this.#update(room);
  }

  #update(change: Partial<CallState>): void {
    const former = this.store.getState();
    const next = { ...former, ...change };
    const phase = phaseOf(this.#begunAt !== null, next);
    this.store.setState({ ...change, phase });
    if (phase === "reconnecting" && former.phase !== "reconnecting") {
      this.#emit({ type: "reconnecting" });
    }
    if (former.phase === "reconnecting" && (phase === "in_call" || phase === "waiting")) {
      this.#emit({ type: "reconnected" });
    }
  }

  #emit(event: CallEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #sinceJoin(at: number | null): number | null {
    return at === null || this.#begunAt === null ? null : at - this.#begunAt;
  }
}

function defaultSocketUrl(): string {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}/api/v1/room-socket`;
}
