// A page of another site that knows nothing of ours: it publishes with a library from npm, and
// watches with what every browser has.

import { type Server as HttpServer, createServer } from "node:http";
import { createRequire } from "node:module";

import type { Page } from "playwright-core";
import { build } from "vite";

import { waitFor } from "./wait";

/** What the page can do; see `PAGE`. */
interface Outside {
  publish(url: string, token?: string): Promise<void>;
  publishLayers(url: string, codec: string, mode: string, size: Size): Promise<void>;
  show(size: Size): void;
  stopPublishing(): Promise<void>;
  watch(url: string, token?: string, sized?: boolean): Promise<void>;
  frames(): Promise<{
    decoded: number;
    width: number;
    sound: number;
    packets: number;
    keyframes: number;
    asked: number;
  }>;
  state(): string;
}
type OutsideWindow = { outside: Outside };

/** In pixels. */
export interface Size {
  width: number;
  height: number;
}

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Another site</title>
<video id="video" autoplay playsinline muted></video>
<script type="module">
  import library from "/whip-web-client.js";

  const { WHIPClient } = library;

  const DESCRIPTOR =
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

  let publisher, peer, channel, slots, tile;

  async function exchange(peer, url, token) {
    await peer.setLocalDescription();
    const headers = { "content-type": "application/sdp" };
    if (token) headers.authorization = "Bearer " + token;
    const answer = await fetch(url, { method: "POST", headers, body: peer.localDescription.sdp });
    if (answer.status !== 201) throw new Error(answer.status + " " + (await answer.text()));
    for (const name of ["location", "etag"]) {
      if (!answer.headers.get(name)) throw new Error("the answer shows no " + name);
    }
    await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  }

  // Layers of AV1 in one stream can't be told apart without this, and it is off by default.
  function takeDescriptor(transceiver) {
    const extensions = transceiver.getHeaderExtensionsToNegotiate?.() ?? [];
    for (const one of extensions) if (one.uri === DESCRIPTOR) one.direction = "sendrecv";
    transceiver.setHeaderExtensionsToNegotiate?.(extensions);
  }

  // A player that says how large its picture is, by the node's own messages.
  function tell() {
    if (channel?.readyState !== "open" || !slots || !tile) return;
    const tiles = slots.map(({ participant, source }) => ({ participant, source, ...tile }));
    channel.send(JSON.stringify({ type: "view", tiles: tiles.filter((one) => one.source === "camera") }));
  }

  window.outside = {
    async publishLayers(url, codec, mode, size) {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: size });
      publisher = new RTCPeerConnection();
      publisher.addTransceiver(media.getAudioTracks()[0], { direction: "sendonly" });
      const video = publisher.addTransceiver(media.getVideoTracks()[0], {
        direction: "sendonly",
        sendEncodings: [{ scalabilityMode: mode, maxBitrate: 2_000_000 }],
      });
      const wanted = ["video/" + codec, "video/rtx"];
      const { codecs } = RTCRtpSender.getCapabilities("video");
      video.setCodecPreferences(codecs.filter((one) => wanted.includes(one.mimeType)));
      await exchange(publisher, url);
    },
    show(size) {
      tile = size;
      tell();
    },
    async publish(endpoint, authkey) {
      publisher = new WHIPClient({ endpoint, opts: { authkey, noTrickleIce: true, iceServers: [] } });
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      await publisher.ingest(media);
    },
    async stopPublishing() {
      await (publisher.destroy?.() ?? publisher.close());
    },
    async watch(url, token, sized) {
      peer = new RTCPeerConnection();
      const stream = new MediaStream();
      document.querySelector("#video").srcObject = stream;
      peer.ontrack = ({ track }) => stream.addTrack(track);
      peer.addTransceiver("audio", { direction: "recvonly" });
      const video = peer.addTransceiver("video", { direction: "recvonly" });
      if (sized) {
        takeDescriptor(video);
        channel = peer.createDataChannel("szpon");
        channel.onopen = tell;
        channel.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          if (message.type !== "slots") return;
          slots = message.slots;
          tell();
        };
      }
      await exchange(peer, url, token);
    },
    async frames() {
      let decoded = 0, width = 0, sound = 0, packets = 0, keyframes = 0, asked = 0;
      for (const report of (await peer.getStats()).values()) {
        if (report.type !== "inbound-rtp") continue;
        if (report.kind === "video") {
          decoded += report.framesDecoded ?? 0;
          packets += report.packetsReceived ?? 0;
          keyframes += report.keyFramesDecoded ?? 0;
          asked += report.pliCount ?? 0;
          width = Math.max(width, report.frameWidth ?? 0);
        } else sound += report.packetsReceived ?? 0;
      }
      return { decoded, width, sound, packets, keyframes, asked };
    },
    state: () => peer.connectionState,
  };
</script>
`;

export class OutsideSite {
  private constructor(
    private readonly server: HttpServer,
    readonly url: string,
  ) {}

  static async start(port: number): Promise<OutsideSite> {
    const library = await bundle("@eyevinn/whip-web-client");
    const server = createServer((request, response) => {
      const script = request.url === "/whip-web-client.js";
      response.setHeader("content-type", script ? "text/javascript" : "text/html");
      response.end(script ? library : PAGE);
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return new OutsideSite(server, `http://127.0.0.1:${port}`);
  }

  /** Opens the site in a page. */
  async open(page: Page): Promise<void> {
    await page.goto(this.url);
    await page.waitForFunction(() => "outside" in globalThis);
  }

  async dispose(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A package as one script. */
async function bundle(name: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(name);
  const built = await build({
    configFile: false,
    logLevel: "silent",
    build: { write: false, minify: false, lib: { entry, formats: ["es"], fileName: "library" } },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (!output || !("output" in output)) throw new Error("nothing was built");
  return output.output[0].code;
}

export const publish = (page: Page, url: string, token?: string): Promise<void> =>
  page.evaluate(
    ([url, token]) => (globalThis as unknown as OutsideWindow).outside.publish(url!, token),
    [url, token],
  );

export const stopPublishing = (page: Page): Promise<void> =>
  page.evaluate(() => (globalThis as unknown as OutsideWindow).outside.stopPublishing());

export const watch = (page: Page, url: string, token?: string): Promise<void> =>
  page.evaluate(
    ([url, token]) => (globalThis as unknown as OutsideWindow).outside.watch(url!, token),
    [url, token],
  );

/** Publishes with layers in one stream: codec and mode as WebRTC-SVC names them. */
export const publishLayers = (
  page: Page,
  url: string,
  codec: string,
  mode: string,
  size: Size,
): Promise<void> =>
  page.evaluate(
    ([url, codec, mode, size]) =>
      (globalThis as unknown as OutsideWindow).outside.publishLayers(url, codec, mode, size),
    [url, codec, mode, size] as const,
  );

/** Watches as a player does that says how large its picture is; see {@link show}. */
export const watchSized = (page: Page, url: string): Promise<void> =>
  page.evaluate(
    (url) => (globalThis as unknown as OutsideWindow).outside.watch(url, undefined, true),
    url,
  );

/** Says how large the page shows the camera that it watches. */
export const show = (page: Page, size: Size): Promise<void> =>
  page.evaluate((size) => (globalThis as unknown as OutsideWindow).outside.show(size), size);

/** Waits until the page has decoded `count` pictures in a row of exactly this width. */
export async function decodesAt(page: Page, width: number, count: number, ms = 20_000) {
  let from: number | null = null;
  let now = await frames(page);
  await waitFor(`${count} frames of ${width} pixels`, ms, async () => {
    now = await frames(page);
    if (now.width !== width) from = null;
    else from ??= now.decoded;
    return from !== null && now.decoded >= from + count;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; seen: ${JSON.stringify(now)}`);
  });
}

const frames = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as OutsideWindow).outside.frames());

/** Waits until the page has decoded so many more pictures, at least so wide, and heard sound. */
export async function decodes(page: Page, count: number, minWidth = 1): Promise<void> {
  const before = await frames(page);
  let now = before;
  await waitFor(`the page to decode ${count} frames`, 20_000, async () => {
    now = await frames(page);
    return (
      now.decoded >= before.decoded + count && now.width >= minWidth && now.sound > before.sound
    );
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; seen: ${JSON.stringify(now)}`);
  });
}
