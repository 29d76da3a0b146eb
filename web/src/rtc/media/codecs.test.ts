import { expect, it } from "vitest";

import { offered } from "./codecs";

/** As Chromium lists them, shortened. */
const VIDEO = [
  { mimeType: "video/VP9", sdpFmtpLine: "profile-id=0" },
  { mimeType: "video/VP9", sdpFmtpLine: "profile-id=2" },
  { mimeType: "video/rtx" },
  { mimeType: "video/VP8" },
  {
    mimeType: "video/H264",
    sdpFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
  },
  {
    mimeType: "video/H264",
    sdpFmtpLine: "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f",
  },
  {
    mimeType: "video/H264",
    sdpFmtpLine: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f",
  },
  { mimeType: "video/AV1", sdpFmtpLine: "level-idx=5;profile=0;tier=0" },
  { mimeType: "video/AV1", sdpFmtpLine: "level-idx=5;profile=1;tier=0" },
  { mimeType: "video/red" },
  { mimeType: "video/ulpfec" },
];

it("offers one format of each video codec, the preferred one first", () => {
  const kept = [VIDEO[3], VIDEO[0], VIDEO[2], VIDEO[4], VIDEO[7]];
  expect(offered(VIDEO, "video/vp8")).toEqual(kept);
});

it("offers Opus and RED, in the order asked for", () => {
  const audio = ["audio/opus", "audio/red", "audio/G722", "audio/PCMU", "audio/CN"].map(
    (mimeType) => ({ mimeType }),
  );
  const names = (first: string) => offered(audio, first).map(({ mimeType }) => mimeType);
  expect(names("audio/red")).toEqual(["audio/red", "audio/opus"]);
  expect(names("audio/opus")).toEqual(["audio/opus", "audio/red"]);
});

it("offers nothing of its own when the browser can do nothing of it", () => {
  expect(offered([{ mimeType: "video/H265" }], "video/VP8")).toEqual([]);
});
