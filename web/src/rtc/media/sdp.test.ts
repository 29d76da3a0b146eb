import { expect, it } from "vitest";

import { withFormat, withoutSources } from "./sdp";

const SDP = [
  "v=0",
  "s=-",
  "m=audio 9 UDP/TLS/RTP/SAVPF 63 111 0",
  "a=mid:0",
  "a=rtpmap:63 red/48000/2",
  "a=fmtp:63 111/111",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:0 PCMU/8000",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=mid:1",
  "a=rtpmap:111 opus/48000/2",
  "a=sendonly",
  "",
].join("\r\n");

it("merges into the parameters of one section's codec", () => {
  const out = withFormat(SDP, "0", "opus", { usedtx: "1", useinbandfec: "0" });
  expect(out).toContain("a=fmtp:111 minptime=10;useinbandfec=0;usedtx=1\r\n");
  expect(out).toContain("a=fmtp:63 111/111\r\n");
  expect(out.slice(out.indexOf("m=audio 9 UDP/TLS/RTP/SAVPF 111"))).toBe(
    SDP.slice(SDP.indexOf("m=audio 9 UDP/TLS/RTP/SAVPF 111")),
  );
});

it("adds the line where there was none", () => {
  const out = withFormat(SDP, "1", "opus", { stereo: "1" });
  expect(out).toContain("a=rtpmap:111 opus/48000/2\r\na=fmtp:111 stereo=1\r\na=sendonly\r\n");
});

it.each([
  ["9", "opus"],
  ["0", "AV1"],
])("leaves the rest alone (mid %s, %s)", (mid, codec) => {
  expect(withFormat(SDP, mid, codec, { stereo: "1" })).toBe(SDP);
});

it("leaves the SSRCs of some sections out, and nothing else", () => {
  const section = (mid: string, ssrcs: readonly string[]) =>
    [
      "m=video 9 UDP/TLS/RTP/SAVPF 96",
      `a=mid:${mid}`,
      "a=msid:a b",
      ...ssrcs,
      "a=sendonly",
      "",
    ].join("\r\n");
  const ssrcs = [
    "a=ssrc-group:FID 1 2",
    "a=ssrc:1 cname:x",
    "a=ssrc:1 msid:a b",
    "a=ssrc:2 cname:x",
  ];
  const sdp = section("4", ssrcs) + section("5", ssrcs) + section("6", []);
  expect(withoutSources(sdp, new Set(["5", "6", "7"]))).toBe(
    section("4", ssrcs) + section("5", []) + section("6", []),
  );
});
