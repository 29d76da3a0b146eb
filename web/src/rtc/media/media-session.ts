/**
 * One peer connection: one offer for everything that may ever be sent or received, one answer.
 * Afterwards only tracks and parameters are exchanged; the only later offer is an ICE restart.
 */
import { learnsSources } from "../support";
import {
  AUDIO_SLOTS,
  DATA_CHANNEL,
  MAX_VIDEO_SLOTS,
  type FromNode,
  type Source,
  type ToNode,
  type TrackPurpose,
} from "../wire";
import { offered } from "./codecs";
import { negotiateDescriptor } from "./descriptor";
import { applyLayers, cameraEncodings, screenEncodings } from "./encodings";
import { endSession, openSession, restartSession, type NodeAccess } from "./http";
import { withFormat, withoutSources } from "./sdp";

export type LocalTracks = Record<Source, MediaStreamTrack | null>;

export interface SessionEvents {
  onState(state: RTCPeerConnectionState): void;
  /** The data channel is open. */
  onChannel(): void;
  onMessage(message: FromNode): void;
}

/** Voice needs one channel and pauses; what a screen plays may be music. RFC 7587, section 6.1. */
const VOICE = { usedtx: "1", useinbandfec: "1", stereo: "0" };
const MUSIC = { stereo: "1", "sprop-stereo": "1", maxaveragebitrate: "128000", useinbandfec: "1" };

export class MediaSession {
  readonly pc: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  readonly #senders = new Map<Source, RTCRtpTransceiver>();
  readonly #audioSlots: RTCRtpTransceiver[] = [];
  readonly #videoSlots: RTCRtpTransceiver[] = [];
  /** Parameters and tracks of one sender change one after the other. */
  readonly #turns = new Map<Source, Promise<void>>();
  readonly #stop = new AbortController();
  /** What the node gave when it answered. */
  #session: { id: string; access: NodeAccess } | null = null;
  #offered: Promise<string> | null = null;

  constructor(videoSlots: number, tracks: LocalTracks, events: SessionEvents) {
    this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.pc.onconnectionstatechange = () => {
      events.onState(this.pc.connectionState);
    };
    this.#channel = this.pc.createDataChannel(DATA_CHANNEL);
    this.#channel.onopen = () => {
      events.onChannel();
    };
    this.#channel.onmessage = (event) => {
      const message = parse(event.data);
      if (message) events.onMessage(message);
    };

    this.#addSender("microphone", "audio", tracks.microphone);
    this.#addSender("camera", "video", tracks.camera, cameraEncodings());
    this.#addSender("screen", "video", tracks.screen, screenEncodings());
    this.#addSender("screen_audio", "audio", tracks.screen_audio);
    for (let i = 0; i < AUDIO_SLOTS; i++) this.#audioSlots.push(this.#addSlot("audio"));
    for (let i = 0; i < videoSlots; i++) this.#videoSlots.push(this.#addSlot("video"));
  }

  /** Makes the offer ahead of time: it needs nothing from the server. */
  prepare(): Promise<string> {
    return (this.#offered ??= this.#offer());
  }

  /** Sends the offer, and applies the answer. Rejects with `NodeError` or the browser's own error. */
  async open(access: NodeAccess): Promise<void> {
    const sdp = await this.prepare();
    const body = { sdp, tracks: this.#purposes() };
    const answer = await openSession(access, body, this.#stop.signal);
    if (this.#stop.signal.aborted) {
      // Closed while the answer was on its way: the node must not keep the session.
      endSession(access, answer.session);
      return;
    }
    this.#session = { id: answer.session, access };
    await this.#answer(answer.sdp);
  }

  /** New ICE credentials on the same session. Rejects like `open`. */
  async restartIce(access: NodeAccess): Promise<void> {
    if (this.#session === null) return;
    this.#session.access = access;
    const sdp = await this.#offer({ iceRestart: true });
    try {
      const { id } = this.#session;
      const answer = await restartSession(access, id, { sdp }, this.#stop.signal);
      await this.#answer(answer.sdp);
    } catch (error) {
      // Back to a state from which the next restart can start.
      if (this.pc.signalingState === "have-local-offer") {
        await this.pc.setLocalDescription({ type: "rollback" }).catch(() => undefined);
      }
      throw error;
    }
  }

  /** Ends it here and there. */
  close(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.pc.onconnectionstatechange = null;
    this.#channel.onopen = this.#channel.onmessage = null;
    this.pc.close();
    if (this.#session !== null) endSession(this.#session.access, this.#session.id);
  }

  /** What to send for a source from now on. */
  setTrack(source: Source, track: MediaStreamTrack | null): void {
    this.#inTurn(source, async (transceiver) => {
      if (transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track);
    });
  }

  /** Which layers of a source anybody needs. */
  setLayers(source: Source, active: readonly boolean[]): void {
    this.#inTurn(source, async (transceiver) => {
      const parameters = transceiver.sender.getParameters();
      if (applyLayers(parameters.encodings, active)) {
        await transceiver.sender.setParameters(parameters);
      }
    });
  }

  /** False while the channel isn't open. */
  send(message: ToNode): boolean {
    if (this.#channel.readyState !== "open") return false;
    this.#channel.send(JSON.stringify(message));
    return true;
  }

  /** The receiving track of a slot. */
  trackOf(mid: string): MediaStreamTrack | undefined {
    return [...this.#videoSlots, ...this.#audioSlots].find((slot) => slot.mid === mid)?.receiver
      .track;
  }

  get audioTracks(): MediaStreamTrack[] {
    return this.#audioSlots.map((slot) => slot.receiver.track);
  }

  get videoReceivers(): RTCRtpReceiver[] {
    return this.#videoSlots.map((slot) => slot.receiver);
  }

  /** The sender's track and mid of each source. */
  get senders(): ReadonlyMap<Source, RTCRtpTransceiver> {
    return this.#senders;
  }

  #addSender(
    source: Source,
    kind: "audio" | "video",
    track: MediaStreamTrack | null,
    sendEncodings: RTCRtpEncodingParameters[] = [],
  ): void {
    const transceiver = this.pc.addTransceiver(track ?? kind, {
      direction: "sendonly",
      sendEncodings,
    });
    // VP8 is what every browser can send in layers. RED repeats voice packets against loss.
    const first = source === "microphone" ? "audio/red" : "audio/opus";
    offerOnly(transceiver, kind, kind === "video" ? "video/VP8" : first);
    negotiateDescriptor(transceiver, false);
    this.#senders.set(source, transceiver);
  }

  #addSlot(kind: "audio" | "video"): RTCRtpTransceiver {
    const transceiver = this.pc.addTransceiver(kind, { direction: "recvonly" });
    offerOnly(transceiver, kind, kind === "video" ? "video/VP8" : "audio/opus");
    if (kind === "video") negotiateDescriptor(transceiver, true);
    return transceiver;
  }

  #purposes(): TrackPurpose[] {
    const purposes: TrackPurpose[] = [];
    for (const [source, { mid }] of this.#senders) {
      if (mid !== null) purposes.push({ kind: "publish", mid, source });
    }
    for (const { mid } of this.#audioSlots) {
      if (mid !== null) purposes.push({ kind: "slot", mid, media: "audio" });
    }
    for (const { mid } of this.#videoSlots) {
      if (mid !== null) purposes.push({ kind: "slot", mid, media: "video" });
    }
    return purposes;
  }

  /** Makes an offer and sets it. ICE candidates aren't waited for: the node doesn't need them. */
  async #offer(options: RTCOfferOptions = {}): Promise<string> {
    const offer = await this.pc.createOffer(options);
    const plain = offer.sdp ?? "";
    // Without this the browser mixes what it receives down to one channel. mids are in the offer
    // already, but not yet on the transceivers: m-lines stand in the order of the transceivers.
    const mids = [...plain.matchAll(/^a=mid:(\S+)/gm)].map((match) => match[1] ?? "");
    let sdp = plain;
    this.pc.getTransceivers().forEach((transceiver, index) => {
      const mid = transceiver.mid ?? mids[index];
      if (mid !== undefined && this.#audioSlots.includes(transceiver)) {
        sdp = withFormat(sdp, mid, "opus", { stereo: "1" });
      }
    });
    try {
      await this.pc.setLocalDescription({ type: "offer", sdp });
    } catch {
      // A browser that takes no changed offer plays in mono.
      await this.pc.setLocalDescription(offer);
    }
    return this.pc.localDescription?.sdp ?? sdp;
  }

  async #answer(sdp: string): Promise<void> {
    const mic = this.#senders.get("microphone")?.mid;
    const screen = this.#senders.get("screen_audio")?.mid;
    let tuned = sdp;
    if (mic) tuned = withFormat(tuned, mic, "opus", VOICE);
    if (screen) tuned = withFormat(tuned, screen, "opus", MUSIC);
    if (learnsSources()) {
      const mids = this.#videoSlots.map((slot) => slot.mid).filter((mid) => mid !== null);
      tuned = withoutSources(tuned, new Set(mids));
    }
    await this.pc.setRemoteDescription({ type: "answer", sdp: tuned });
  }

  #inTurn(source: Source, change: (transceiver: RTCRtpTransceiver) => Promise<void>): void {
    const transceiver = this.#senders.get(source);
    if (!transceiver) return;
    const before = this.#turns.get(source) ?? Promise.resolve();
    this.#turns.set(
      source,
      before
        .then(() => (this.#stop.signal.aborted ? undefined : change(transceiver)))
        // The connection was closed meanwhile, or a layer can't be switched in this browser: then
        // it goes on as it is.
        .catch(() => undefined),
    );
  }
}

/** How many videos at once this machine can reasonably decode. */
export function reasonableVideoSlots(most: number | undefined): number {
  return Math.min(most ?? defaultVideoSlots(), MAX_VIDEO_SLOTS);
}

function defaultVideoSlots(): number {
  const phone = window.matchMedia?.("(pointer: coarse) and (max-width: 900px)").matches ?? false;
  if (phone) return 6;
  // Four by four is what a screen shows at a size at which faces can be told apart.
  return (navigator.hardwareConcurrency || 4) <= 2 ? 12 : 16;
}

/** Says which codecs to offer. Firefox before 128 can't; its own list is short enough. */
function offerOnly(transceiver: RTCRtpTransceiver, kind: "audio" | "video", first: string): void {
  if (!("setCodecPreferences" in transceiver)) return;
  const side = transceiver.direction === "recvonly" ? RTCRtpReceiver : RTCRtpSender;
  const codecs = offered(side.getCapabilities?.(kind)?.codecs ?? [], first);
  if (codecs.length === 0) return;
  try {
    transceiver.setCodecPreferences(codecs);
  } catch {
    // Not every browser lets all that it can send be preferred; then its own list stays.
  }
}

function parse(data: unknown): FromNode | null {
  if (typeof data !== "string") return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && "type" in value
      ? (value as FromNode)
      : null;
  } catch {
    return null;
  }
}
