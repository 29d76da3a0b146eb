/**
 * Keeps a media session alive: opens it, restarts ICE, and builds a new one with the same tracks when
 * nothing else helps. The decisions are in `recovery.ts`; here they are carried out.
 */
import type { MediaStatus, RemoteVideo, VideoKey } from "../call-types";
import { Heartbeat } from "../heartbeat";
import type {
  FromNode,
  MediaGrant,
  ParticipantId,
  Quality,
  SlotFeed,
  Source,
  Speaker,
  Tile,
} from "../wire";
import { AudioSink } from "./audio-sink";
import { readStats } from "./diagnostics";
import type { Diagnostics } from "./diagnostics-types";
import { NodeError } from "./http";
import { MediaSession, reasonableVideoSlots, type LocalTracks } from "./media-session";
import { advance, deadline, opening, type Recovery, type Signal } from "./recovery";
import { Slots } from "./slots";
import { ViewSender } from "./view";

/** The node's silence on the data channel is a second opinion beside ICE's own checks. */
const HEARTBEAT = { everyMs: 1_500, patienceMs: 3_500 };
/** While nobody is seen or heard there is nothing to miss, and ICE goes on checking. */
const CALM_MS = 30_000;
/** After a sign of a changed network; a sleeping mobile radio takes up to two seconds to wake. */
const DOUBT_PATIENCE_MS = 2_500;
/** A new session names all pictures within this time. */
const SETTLE_MS = 2_000;
/** How long an offer made ahead is good. */
const PREPARED_MS = 30_000;
/** Between looks for the first decoded frame. */
const FIRST_FRAME_POLL_MS = 25;

export interface MediaLinkEvents {
  onStatus(status: MediaStatus): void;
  onVideos(videos: ReadonlyMap<VideoKey, RemoteVideo>): void;
  onSpeakers(speakers: readonly Speaker[]): void;
  onQuality(changed: readonly { participant: ParticipantId; quality: Quality }[]): void;
  onRtt(rttMs: number): void;
  /** Whether the link is up and nobody is seen or heard by it. */
  onCalm(calm: boolean): void;
  onAudioBlocked(blocked: boolean): void;
  /** How many videos this session can show at once. */
  onVideoSlots(count: number): void;
}

export interface MediaLinkOptions {
  events: MediaLinkEvents;
  /** What to send now. */
  tracks(): LocalTracks;
  /** A grant that is good right now; rejects when none can be had. */
  grant(): Promise<MediaGrant>;
  maxVideoSlots: number | undefined;
}

export type LinkDiagnostics = Omit<
  Diagnostics,
  "socketsOpened" | "timeToEntered" | "timeToMediaConnected" | "timeToFirstFrame"
> & {
  /** `performance.now()` of the firsts; null until they happened. */
  connectedAt: number | null;
  firstFrameAt: number | null;
};

export class MediaLink {
  readonly #options: MediaLinkOptions;
  readonly #slots = new Slots();
  readonly #view: ViewSender;
  readonly #audio: AudioSink;
  #session: MediaSession | null = null;
  #prepared: { session: MediaSession; slots: number; at: number } | null = null;
  /** The former session of a draining node: it goes on until the new one stands. */
  #retiring: MediaSession | null = null;
  #recovery: Recovery | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: Heartbeat | null = null;
  #calm = false;
  /** The newest list of what feeds each slot. */
  #feeds: readonly SlotFeed[] = [];
  #settle: ReturnType<typeof setTimeout> | undefined;
  #status: MediaStatus = "off";
  #wasUp = false;
  /** Tells a session that is being opened from one that took its place. */
  #attempt = 0;
  #sessionsOpened = 0;
  #iceRestarts = 0;
  #rttMs: number | null = null;
  #connectedAt: number | null = null;
  #firstFrameAt: number | null = null;
  #firstFrameTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MediaLinkOptions) {
    this.#options = options;
    this.#view = new ViewSender((tiles) => this.#session?.send({ type: "view", tiles }) ?? false);
    this.#audio = new AudioSink((blocked) => {
      options.events.onAudioBlocked(blocked);
    });
  }

  get running(): boolean {
    return this.#recovery !== null;
  }

  /** Makes an offer while the server is still being asked for a place: that saves its time later. */
  prepare(): void {
    if (this.#recovery || this.#prepared) return;
    const slots = reasonableVideoSlots(this.#options.maxVideoSlots);
    const session = this.#newSession(slots);
    this.#prepared = { session, slots, at: performance.now() };
    // If it fails, it fails again, and is dealt with, when it is opened.
    session.prepare().catch(() => undefined);
  }

  start(grant: MediaGrant): void {
    if (this.#recovery) return;
    this.#recovery = opening(performance.now());
    this.#setStatus();
    this.#schedule();
    void this.#open(grant);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#beat);
    clearTimeout(this.#firstFrameTimer);
    clearTimeout(this.#settle);
    this.#settle = undefined;
    this.#feeds = [];
    this.#attempt += 1;
    this.#recovery = null;
    this.#heartbeat = null;
    this.#scheduleBeat();
    this.#wasUp = false;
    this.#view.stop();
    this.#retiring?.close();
    this.#retiring = null;
    this.#session?.close();
    this.#session = null;
    this.#prepared?.session.close();
    this.#prepared = null;
    this.#audio.stop();
    this.#slots.clear();
    this.#options.events.onVideos(this.#slots.videos);
    this.#options.events.onSpeakers([]);
    this.#setStatus();
  }

  setTrack(source: Source, track: MediaStreamTrack | null): void {
    this.#session?.setTrack(source, track);
  }

  setView(tiles: readonly Tile[]): void {
    this.#view.set(tiles);
  }

  hideView(hidden: boolean): void {
    this.#view.hide(hidden);
  }

  setSpeaker(id: string | null): void {
    void this.#audio.setSpeaker(id);
  }

  resumeAudio(): Promise<void> {
    return this.#audio.resume();
  }

  /** Something about the network may have changed. */
  hint(): void {
    if (this.#heartbeat && this.#session) {
      const nonce = this.#heartbeat.doubt(performance.now(), DOUBT_PATIENCE_MS);
      this.#session.send({ type: "ping", nonce });
      this.#scheduleBeat();
    }
    this.#signal({ type: "hint" });
  }

  async diagnostics(): Promise<LinkDiagnostics> {
    const session = this.#session;
    const sources = new Map<string, Source>();
    const mids = new Map<string, string>();
    for (const [source, { mid, sender }] of session?.senders ?? []) {
      if (mid === null) continue;
      sources.set(mid, source);
      if (sender.track) mids.set(sender.track.id, mid);
    }
    for (const { mid, receiver } of session?.pc.getTransceivers() ?? []) {
      if (mid !== null) mids.set(receiver.track.id, mid);
    }
    const report = session ? await session.pc.getStats() : new Map<string, never>();
    return {
      ...readStats(report.values(), { feeds: this.#slots.feeds, sources, mids }),
      connectionState: session?.pc.connectionState ?? "none",
      iceConnectionState: session?.pc.iceConnectionState ?? "none",
      channelRttMs: this.#rttMs,
      sessionsOpened: this.#sessionsOpened,
      iceRestarts: this.#iceRestarts,
      connectedAt: this.#connectedAt,
      firstFrameAt: this.#firstFrameAt,
    };
  }

  /** Puts the present session aside: it goes on until the next one stands, or ends now. */
  #retire(goOn: boolean): void {
    const former = this.#session;
    this.#session = null;
    this.#feeds = [];
    clearTimeout(this.#settle);
    this.#settle = undefined;
    this.#heartbeat = null;
    clearTimeout(this.#beat);
    if (goOn && former && !this.#retiring) this.#retiring = former;
    else former?.close();
  }

  /** A new session. */
  async #open(grant: MediaGrant | null): Promise<void> {
    const attempt = ++this.#attempt;
    try {
      const access = grant ?? (await this.#options.grant());
      if (attempt !== this.#attempt) return;
      const slots = Math.min(reasonableVideoSlots(this.#options.maxVideoSlots), access.video_slots);
      this.#options.events.onVideoSlots(slots);
      const session = this.#takePrepared(slots) ?? this.#newSession(slots);
      this.#session = session;
      await session.open(access);
      if (attempt === this.#attempt) this.#sessionsOpened += 1;
    } catch (error) {
      // A later attempt may have taken its place already; then this one's end is no news.
      if (attempt !== this.#attempt) return;
      const retryAfterMs = error instanceof NodeError ? error.retryAfter * 1000 : 0;
      this.#signal({ type: "open_failed", retryAfterMs });
    }
  }

  /** The offer made ahead, if it fits and is young enough for its network to be the present one. */
  #takePrepared(slots: number): MediaSession | null {
    const prepared = this.#prepared;
    this.#prepared = null;
    if (!prepared) return null;
    const { session } = prepared;
    if (prepared.slots !== slots || performance.now() - prepared.at > PREPARED_MS) {
      session.close();
      return null;
    }
    const tracks = this.#options.tracks();
    for (const source of session.senders.keys()) session.setTrack(source, tracks[source]);
    return session;
  }

  #newSession(slots: number): MediaSession {
    const current = () => this.#session === session;
    const session: MediaSession = new MediaSession(slots, this.#options.tracks(), {
      onState: (state) => {
        if (!current()) return;
        if (state === "connected") this.#connected(session);
        this.#signal({ type: "state", state });
      },
      onChannel: () => {
        if (!current()) return;
        this.#heartbeat = new Heartbeat(HEARTBEAT, performance.now());
        this.#scheduleBeat();
        this.#view.resend();
        // Only pictures of a former session can be missing.
        if (this.#slots.videos.size === 0) return;
        clearTimeout(this.#settle);
        this.#settle = setTimeout(() => {
          this.#settle = undefined;
          if (current()) this.#showFeeds(session);
        }, SETTLE_MS);
      },
      onMessage: (message) => {
        if (current()) this.#receive(session, message);
      },
    });
    return session;
  }

  #connected(session: MediaSession): void {
    this.#connectedAt ??= performance.now();
    this.#retiring?.close();
    this.#retiring = null;
    this.#audio.play(session.audioTracks);
  }

  #receive(session: MediaSession, message: FromNode): void {
    const { events } = this.#options;
    this.#heartbeat?.alive();
    switch (message.type) {
      case "slots":
        this.#feeds = message.slots;
        this.#scheduleBeat();
        this.#showFeeds(session);
        break;
      case "speakers":
        events.onSpeakers(message.speakers);
        break;
      case "layers":
        session.setLayers(message.source, message.active);
        break;
      case "quality":
        events.onQuality(message.participants);
        break;
      case "pong": {
        const rtt = this.#heartbeat?.pong(message.nonce, performance.now()) ?? null;
        if (rtt !== null) {
          // Smoothed like TCP's (RFC 6298, section 2), so that the figure doesn't dance.
          this.#rttMs = this.#rttMs === null ? rtt : this.#rttMs * 0.875 + rtt * 0.125;
          events.onRtt(this.#rttMs);
        }
        this.#signal({ type: "alive" });
        break;
      }
      case "draining":
        this.#signal({ type: "draining", afterMs: message.after_ms });
        break;
    }
  }

  #showFeeds(session: MediaSession): void {
    const settling = this.#settle !== undefined;
    this.#options.events.onVideos(
      this.#slots.apply(this.#feeds, (mid) => session.trackOf(mid), settling),
    );
    if (this.#slots.videos.size > 0) this.#watchFirstFrame();
  }

  #signal(signal: Signal): void {
    if (!this.#recovery) return;
    const { recovery, act } = advance(this.#recovery, signal, performance.now(), Math.random());
    this.#recovery = recovery;
    if (recovery.mode.is === "up") this.#wasUp = true;
    if (act === "restart_ice") void this.#restartIce();
    if (act === "rebuild" || act === "move") {
      this.#retire(act === "move");
      void this.#open(null);
    }
    this.#setStatus();
    this.#schedule();
    this.#scheduleBeat();
  }

  async #restartIce(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    this.#iceRestarts += 1;
    try {
      await session.restartIce(await this.#options.grant());
    } catch (error) {
      if (this.#session !== session) return;
      // Refused by the node: the session is lost. Not reached: it may yet be.
      const gone = error instanceof NodeError && error.status !== null;
      this.#signal({ type: "restart_failed", gone });
    }
  }

  #setStatus(): void {
    const mode = this.#recovery?.mode.is;
    const status: MediaStatus =
      mode === undefined
        ? "off"
        : mode === "up" || this.#retiring?.pc.connectionState === "connected"
          ? "up"
          : this.#wasUp
            ? // A short gap isn't worth a notice until something is done about it.
              mode === "suspect"
              ? "up"
              : "recovering"
            : "connecting";
    if (status === this.#status) return;
    this.#status = status;
    this.#options.events.onStatus(status);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const at = this.#recovery && deadline(this.#recovery);
    if (at === null) return;
    this.#timer = setTimeout(
      () => {
        this.#signal({ type: "tick" });
      },
      Math.max(at - performance.now(), 0) + 1,
    );
  }

  #scheduleBeat(): void {
    clearTimeout(this.#beat);
    const heartbeat = this.#heartbeat;
    const watched = heartbeat !== null && this.#recovery?.mode.is === "up";
    const calm = watched && this.#feeds.length === 0;
    if (calm !== this.#calm) {
      this.#calm = calm;
      this.#options.events.onCalm(calm);
    }
    if (!heartbeat) return;
    heartbeat.pace(calm ? CALM_MS : undefined);
    this.#beat = setTimeout(
      () => {
        const now = performance.now();
        const todo = heartbeat.tick(now);
        if (todo === "dead") {
          // Asked anew, so that a restart that works is noticed.
          this.#heartbeat = new Heartbeat(HEARTBEAT, now);
          this.#signal({ type: "silent" });
        } else if (todo) {
          this.#session?.send({ type: "ping", nonce: todo.ping });
        }
        this.#scheduleBeat();
      },
      Math.max(heartbeat.nextMs - performance.now(), 0) + 1,
    );
  }

  /** Looks for the first decoded frame, once, from the first filled slot on. */
  #watchFirstFrame(): void {
    if (this.#firstFrameAt !== null || this.#firstFrameTimer !== undefined) return;
    const look = async () => {
      const report = await this.#session?.pc.getStats();
      this.#firstFrameTimer = undefined;
      if (report && hasDecoded(report)) this.#firstFrameAt ??= performance.now();
      else if (this.#slots.videos.size > 0) this.#watchFirstFrame();
    };
    this.#firstFrameTimer = setTimeout(() => void look(), FIRST_FRAME_POLL_MS);
  }
}

function hasDecoded(report: RTCStatsReport): boolean {
  const entries = [...(report as unknown as Map<string, RTCInboundRtpStreamStats>).values()];
  return entries.some(
    (entry) =>
      entry.type === "inbound-rtp" && entry.kind === "video" && (entry.framesDecoded ?? 0) > 0,
  );
}
