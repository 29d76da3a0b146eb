/** Figures of a call, for the support page and for tests. */
import type { ParticipantId, Source } from "../wire";

export interface InboundVideo {
  mid: string;
  /** Who feeds the slot now; null when it is empty. */
  participant: ParticipantId | null;
  source: Source | null;
  layer: number | null;
  codec: string | null;
  framesDecoded: number;
  framesDropped: number;
  frameWidth: number;
  frameHeight: number;
  framesPerSecond: number;
  freezeCount: number;
  /** Seconds */
  totalFreezesDuration: number;
  packetsReceived: number;
  packetsLost: number;
  bytesReceived: number;
  keyFramesDecoded: number;
  pliCount: number;
  nackCount: number;
}

export interface InboundAudio {
  mid: string;
  participant: ParticipantId | null;
  source: Source | null;
  /** Rises while something is heard. */
  totalAudioEnergy: number;
  totalSamplesDuration: number;
  /** Of the last moment, 0 to 1. */
  audioLevel: number;
  packetsReceived: number;
  packetsLost: number;
  /** Made up for want of packets; of these, in what was silence anyway. */
  concealedSamples: number;
  silentConcealedSamples: number;
  totalSamplesReceived: number;
  /** Seconds */
  jitter: number;
}

export interface Outbound {
  mid: string;
  source: Source;
  /** null without simulcast */
  rid: string | null;
  codec: string | null;
  active: boolean;
  packetsSent: number;
  bytesSent: number;
  retransmittedPacketsSent: number;
  /** Video only; 0 for audio. */
  framesEncoded: number;
  frameWidth: number;
  frameHeight: number;
  framesPerSecond: number;
  /** bit/s */
  targetBitrate: number;
  qualityLimitationReason: string | null;
}

export interface Diagnostics {
  connectionState: RTCPeerConnectionState | "none";
  iceConnectionState: RTCIceConnectionState | "none";
  /** Of the pair in use. */
  path: "udp" | "tcp" | null;
  /** By ICE's own checks, in milliseconds. */
  rttMs: number | null;
  /** By the data channel's Ping and Pong, in milliseconds. */
  channelRttMs: number | null;
  /** bit/s that the browser believes it can send. */
  availableOutgoingBitrate: number | null;
  /** Media sessions opened, and ICE restarts done, since `join()`. */
  sessionsOpened: number;
  iceRestarts: number;
  socketsOpened: number;
  /** Milliseconds since `join()`; null until it happened. */
  timeToEntered: number | null;
  timeToMediaConnected: number | null;
  timeToFirstFrame: number | null;
  video: readonly InboundVideo[];
  audio: readonly InboundAudio[];
  outbound: readonly Outbound[];
}
