import { expect, it } from "vitest";

import type { Source } from "../wire";
import { readStats } from "./diagnostics";

const context = {
  feeds: new Map([["7", { participant: "anna", source: "camera" as Source, layer: 1 }]]),
  sources: new Map<string, Source>([["1", "camera"]]),
  mids: new Map([
    ["track-7", "7"],
    ["cam", "1"],
  ]),
};

it("reads Chromium's entries", () => {
  const stats = readStats(
    [
      { id: "T", type: "transport", selectedCandidatePairId: "P" },
      {
        id: "P",
        type: "candidate-pair",
        localCandidateId: "L",
        currentRoundTripTime: 0.05,
        availableOutgoingBitrate: 300_000,
      },
      { id: "L", type: "local-candidate", protocol: "tcp" },
      { id: "C", type: "codec", mimeType: "video/VP8" },
      {
        id: "I",
        type: "inbound-rtp",
        kind: "video",
        mid: "7",
        codecId: "C",
        framesDecoded: 12,
        frameWidth: 640,
        frameHeight: 360,
      },
      { id: "O", type: "outbound-rtp", kind: "video", mid: "1", rid: "h", active: false },
      { id: "A", type: "inbound-rtp", kind: "audio", mid: "4", totalAudioEnergy: 0.5 },
    ],
    context,
  );
  expect(stats).toMatchObject({ path: "tcp", rttMs: 50, availableOutgoingBitrate: 300_000 });
  expect(stats.video).toMatchObject([
    { mid: "7", participant: "anna", source: "camera", layer: 1, codec: "video/VP8" },
  ]);
  expect(stats.video[0]).toMatchObject({ framesDecoded: 12, frameWidth: 640, freezeCount: 0 });
  expect(stats.outbound).toMatchObject([{ source: "camera", rid: "h", active: false }]);
  expect(stats.audio).toMatchObject([{ participant: null, totalAudioEnergy: 0.5 }]);
});

it("finds its way in Firefox's, which name neither mid nor transport", () => {
  const stats = readStats(
    [
      { id: "X", type: "candidate-pair", selected: false, nominated: true, localCandidateId: "?" },
      { id: "P", type: "candidate-pair", selected: true, nominated: true, localCandidateId: "L" },
      { id: "L", type: "local-candidate", protocol: "udp" },
      { id: "I", type: "inbound-rtp", kind: "video", trackIdentifier: "track-7", framesDecoded: 3 },
      { id: "M", type: "media-source", trackIdentifier: "cam" },
      { id: "O", type: "outbound-rtp", kind: "video", mediaSourceId: "M", framesEncoded: 9 },
    ],
    context,
  );
  expect(stats.path).toBe("udp");
  expect(stats.video).toMatchObject([{ mid: "7", participant: "anna", framesDecoded: 3 }]);
  expect(stats.outbound).toMatchObject([{ source: "camera", rid: null, framesEncoded: 9 }]);
});

it("makes do with nothing", () => {
  expect(readStats([], context)).toEqual({
    path: null,
    rttMs: null,
    availableOutgoingBitrate: null,
    video: [],
    audio: [],
    outbound: [],
  });
});
