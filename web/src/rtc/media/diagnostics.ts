/** Turns the browser's statistics (W3C webrtc-stats) into the figures of a call. */
import type { Source } from "../wire";
import type { Diagnostics, InboundAudio, InboundVideo, Outbound } from "./diagnostics-types";
import type { Feed } from "./slots";

/** Any entry: the DOM types know only some fields of some kinds. */
type Entry = Readonly<Record<string, unknown>>;

export type StatsPart = Pick<
  Diagnostics,
  "path" | "rttMs" | "availableOutgoingBitrate" | "video" | "audio" | "outbound"
>;

export interface StatsContext {
  /** What feeds each receiving mid. */
  feeds: ReadonlyMap<string, Feed>;
  /** The source of each sending mid. */
  sources: ReadonlyMap<string, Source>;
  /** mid by track id: Firefox names no mid in its entries. */
  mids: ReadonlyMap<string, string>;
}

export function readStats(report: Iterable<Entry>, context: StatsContext): StatsPart {
  const entries = [...report];
  const byId = new Map(entries.map((entry) => [text(entry, "id"), entry]));
  const codec = (entry: Entry) => {
    const name = text(byId.get(text(entry, "codecId")) ?? {}, "mimeType");
    return name === "" ? null : name;
  };
  const video: InboundVideo[] = [];
  const audio: InboundAudio[] = [];
  const outbound: Outbound[] = [];
  for (const entry of entries) {
    if (entry["type"] === "inbound-rtp") {
      const mid = text(entry, "mid") || (context.mids.get(text(entry, "trackIdentifier")) ?? "");
      const feed = context.feeds.get(mid);
      const whose = { participant: feed?.participant ?? null, source: feed?.source ?? null };
      if (entry["kind"] === "video") {
        video.push({
          mid,
          ...whose,
          layer: feed?.layer ?? null,
          codec: codec(entry),
          framesDecoded: number(entry, "framesDecoded"),
          framesDropped: number(entry, "framesDropped"),
          frameWidth: number(entry, "frameWidth"),
          frameHeight: number(entry, "frameHeight"),
          framesPerSecond: number(entry, "framesPerSecond"),
          freezeCount: number(entry, "freezeCount"),
          totalFreezesDuration: number(entry, "totalFreezesDuration"),
          packetsReceived: number(entry, "packetsReceived"),
          packetsLost: number(entry, "packetsLost"),
          bytesReceived: number(entry, "bytesReceived"),
          keyFramesDecoded: number(entry, "keyFramesDecoded"),
          pliCount: number(entry, "pliCount"),
          nackCount: number(entry, "nackCount"),
        });
      } else {
        audio.push({
          mid,
          ...whose,
          totalAudioEnergy: number(entry, "totalAudioEnergy"),
          totalSamplesDuration: number(entry, "totalSamplesDuration"),
          audioLevel: number(entry, "audioLevel"),
          packetsReceived: number(entry, "packetsReceived"),
          packetsLost: number(entry, "packetsLost"),
          concealedSamples: number(entry, "concealedSamples"),
          silentConcealedSamples: number(entry, "silentConcealedSamples"),
          totalSamplesReceived: number(entry, "totalSamplesReceived"),
          jitter: number(entry, "jitter"),
        });
      }
    } else if (entry["type"] === "outbound-rtp") {
      const track = text(byId.get(text(entry, "mediaSourceId")) ?? {}, "trackIdentifier");
      const mid = text(entry, "mid") || (context.mids.get(track) ?? "");
      const source = context.sources.get(mid);
      if (!source) continue;
      outbound.push({
        mid,
        source,
        rid: text(entry, "rid") || null,
        codec: codec(entry),
        active: entry["active"] !== false,
        packetsSent: number(entry, "packetsSent"),
        bytesSent: number(entry, "bytesSent"),
        retransmittedPacketsSent: number(entry, "retransmittedPacketsSent"),
        framesEncoded: number(entry, "framesEncoded"),
        frameWidth: number(entry, "frameWidth"),
        frameHeight: number(entry, "frameHeight"),
        framesPerSecond: number(entry, "framesPerSecond"),
        targetBitrate: number(entry, "targetBitrate"),
        qualityLimitationReason: text(entry, "qualityLimitationReason") || null,
      });
    }
  }
  const pair = selectedPair(entries, byId);
  const rtt = pair?.["currentRoundTripTime"];
  const available = pair?.["availableOutgoingBitrate"];
  return {
    path: pair ? pathOf(pair, byId) : null,
    rttMs: typeof rtt === "number" ? rtt * 1000 : null,
    availableOutgoingBitrate: typeof available === "number" ? available : null,
    video,
    audio,
    outbound,
  };
}

/** The candidate pair in use: named by the transport, or (Firefox) marked itself. */
function selectedPair(
  entries: readonly Entry[],
  byId: ReadonlyMap<string, Entry>,
): Entry | undefined {
  for (const entry of entries) {
    if (entry["type"] !== "transport") continue;
    const pair = byId.get(text(entry, "selectedCandidatePairId"));
    if (pair) return pair;
  }
  return entries.find(
    (entry) =>
      entry["type"] === "candidate-pair" &&
      entry["selected"] === true &&
      entry["nominated"] === true,
  );
}

function pathOf(pair: Entry, byId: ReadonlyMap<string, Entry>): "udp" | "tcp" | null {
  const local = byId.get(text(pair, "localCandidateId"));
  // Behind a relay the leg that counts is the one to the relay.
  const protocol = local && (text(local, "relayProtocol") || text(local, "protocol"));
  if (protocol === "udp") return "udp";
  return protocol === "tcp" || protocol === "tls" ? "tcp" : null;
}

function text(entry: Entry, key: string): string {
  const value = entry[key];
  return typeof value === "string" ? value : "";
}

function number(entry: Entry, key: string): number {
  const value = entry[key];
  return typeof value === "number" ? value : 0;
}
