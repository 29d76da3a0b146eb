/** Tests, before a call, whether the server and the devices can be reached, and how well. */
import { figures, judge } from "./connection-quality";
import type {
  ConnectionProblem,
  ConnectionReport,
  ConnectionTestOptions,
  StepState,
  TestStep,
} from "./connection-test-types";
import { captureUnavailable, problemOf } from "./devices/problem";
import type { DeviceProblem } from "./devices/types";
import { readStats } from "./media/diagnostics";
import { endSession, NodeError, openSession } from "./media/http";
import { unsupported } from "./support";
import { DATA_CHANNEL, type Code, type FromNode, type ProbeGrant, type ToNode } from "./wire";

/** ICE tries UDP first and then TCP; a firewall that drops silently takes this long to show. */
const CONNECT_MS = 12_000;
const PINGS = 25;
const PING_EVERY_MS = 80;
/** For stragglers, after the last ping. */
const PATIENCE_MS = 1_000;

/** Runs every step, never rejects except for `signal`'s abort; cleans up after itself. */
export async function testConnection(options: ConnectionTestOptions): Promise<ConnectionReport> {
  const devices = options.devices ?? { microphone: true, camera: true };
  const test = new Test(options);
  const why = unsupported();
  if (why) {
    test.step("browser", "failed");
    test.found(why === "insecure" ? "insecure" : "browser_unsupported");
    for (const step of ["server", "media", "quality", "microphone", "camera"] as const) {
      test.step(step, "skipped");
    }
    return test.finish("bad");
  }
  test.step("browser", "ok");
  const [verdict] = await Promise.all([
    network(test, options.probe, options.signal),
    device(test, "microphone", devices.microphone),
    device(test, "camera", devices.camera),
  ]);
  options.signal?.throwIfAborted();
  return test.finish(verdict);
}

/** The report as it grows. */
class Test {
  readonly #progress: ConnectionTestOptions["onProgress"];
  #report: ConnectionReport = {
    steps: {
      browser: "running",
      server: "pending",
      media: "pending",
      quality: "pending",
      microphone: "pending",
      camera: "pending",
    },
    problems: [],
    serverCode: null,
    microphone: null,
    camera: null,
    path: null,
    rttMs: null,
    jitterMs: null,
    loss: null,
    verdict: null,
  };

  constructor({ onProgress }: ConnectionTestOptions) {
    this.#progress = onProgress;
  }

  step(step: TestStep, state: StepState): void {
    this.set({ steps: { ...this.#report.steps, [step]: state } });
  }

  found(...problems: readonly ConnectionProblem[]): void {
    this.set({ problems: [...this.#report.problems, ...problems] });
  }

  set(change: Partial<ConnectionReport>): void {
    this.#report = { ...this.#report, ...change };
    this.#progress?.(this.#report);
  }

  finish(verdict: ConnectionReport["verdict"]): ConnectionReport {
    this.set({ verdict });
    return this.#report;
  }
}

async function network(
  test: Test,
  access: ProbeGrant,
  outer: AbortSignal | undefined,
): Promise<ConnectionReport["verdict"]> {
  const stop = new AbortController();
  const abort = () => {
    stop.abort();
  };
  outer?.addEventListener("abort", abort);
  if (outer?.aborted) abort();
  const deadline = setTimeout(abort, CONNECT_MS);
  const pc = new RTCPeerConnection();
  let session: string | null = null;
  try {
    test.step("server", "running");
    // Lost packets are not sent again here, or loss would look like delay.
    const channel = pc.createDataChannel(DATA_CHANNEL, { ordered: false, maxRetransmits: 0 });
    const open = opens(pc, channel, stop.signal);
    await pc.setLocalDescription(await pc.createOffer());
    try {
      const sdp = pc.localDescription?.sdp ?? "";
      const answer = await openSession(access, { sdp, tracks: [] }, stop.signal);
      session = answer.session;
      test.step("server", "ok");
      test.step("media", "running");
      await pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    } catch (error) {
      return serverFailed(test, error);
    }
    if (!(await open)) {
      test.step("media", "failed");
      test.step("quality", "skipped");
      test.found("media_blocked");
      return "bad";
    }
    clearTimeout(deadline);
    return await quality(test, pc, channel, stop.signal);
  } catch (error) {
    // The browser's own stack failed, e.g. WebRTC is switched off by policy.
    if (stop.signal.aborted) return null;
    test.step("media", "failed");
    test.step("quality", "skipped");
    test.found(error instanceof DOMException ? "browser_unsupported" : "media_blocked");
    return "bad";
  } finally {
    clearTimeout(deadline);
    outer?.removeEventListener("abort", abort);
    pc.close();
    if (session !== null) endSession(access, session);
  }
}

function serverFailed(test: Test, error: unknown): ConnectionReport["verdict"] {
  test.step("media", "skipped");
  test.step("quality", "skipped");
  if (error instanceof NodeError && error.status !== null && error.status < 500) {
    const serverCode: Code = error.code ?? "internal";
    test.set({ serverCode });
    test.step("server", "warning");
    test.found("server_refused");
    return null;
  }
  test.step("server", "failed");
  test.found("server_unreachable");
  return "bad";
}

async function quality(
  test: Test,
  pc: RTCPeerConnection,
  channel: RTCDataChannel,
  signal: AbortSignal,
): Promise<ConnectionReport["verdict"]> {
  const none = { feeds: new Map(), sources: new Map(), mids: new Map() };
  const { path } = readStats((await pc.getStats()).values(), none);
  test.set({ path });
  test.step("media", path === "tcp" ? "warning" : "ok");
  if (path === "tcp") test.found("udp_blocked");
  test.step("quality", "running");
  const measured = figures(await pings(channel, signal));
  const { problems, verdict } = judge(measured);
  test.set({ rttMs: measured.rttMs, jitterMs: measured.jitterMs, loss: measured.loss });
  test.found(...problems);
  test.step("quality", verdict === "good" ? "ok" : verdict === "usable" ? "warning" : "failed");
  return verdict === "good" && path === "tcp" ? "usable" : verdict;
}

/** Whether the channel opened before the connection failed or time was up. */
function opens(
  pc: RTCPeerConnection,
  channel: RTCDataChannel,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    channel.onopen = () => {
      resolve(true);
    };
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === "failed") resolve(false);
    };
    signal.addEventListener("abort", () => {
      resolve(false);
    });
  });
}

/** Round trips in milliseconds, in the order of sending; null for what didn't come back. */
async function pings(channel: RTCDataChannel, signal: AbortSignal): Promise<(number | null)[]> {
  const sentAt: number[] = [];
  const rtts: (number | null)[] = [];
  let back = 0;
  let complete: () => void = () => undefined;
  channel.onmessage = (event) => {
    const now = performance.now();
    const nonce = nonceOf(event.data);
    const at = nonce === null ? undefined : sentAt[nonce];
    if (nonce === null || at === undefined || rtts[nonce] !== null) return;
    rtts[nonce] = now - at;
    back += 1;
    if (back === PINGS) complete();
  };
  for (let nonce = 0; nonce < PINGS && !signal.aborted; nonce++) {
    sentAt.push(performance.now());
    rtts.push(null);
    const ping: ToNode = { type: "ping", nonce };
    if (channel.readyState === "open") channel.send(JSON.stringify(ping));
    await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS));
  }
  if (back < PINGS) {
    await new Promise<void>((resolve) => {
      complete = resolve;
      setTimeout(resolve, PATIENCE_MS);
    });
  }
  return rtts;
}

function nonceOf(data: unknown): number | null {
  if (typeof data !== "string") return null;
  try {
    const message = JSON.parse(data) as FromNode | null;
    return message?.type === "pong" ? message.nonce : null;
  } catch {
    return null;
  }
}

/** Opens the device for a moment. */
async function device(test: Test, kind: "microphone" | "camera", wanted: boolean): Promise<void> {
  if (!wanted) {
    test.step(kind, "skipped");
    return;
  }
  test.step(kind, "running");
  const problem = captureUnavailable() ?? (await tryDevice(kind));
  test.set(kind === "microphone" ? { microphone: problem } : { camera: problem });
  test.step(kind, problem ? "failed" : "ok");
}

async function tryDevice(kind: "microphone" | "camera"): Promise<DeviceProblem | null> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(
      kind === "microphone" ? { audio: true } : { video: true },
    );
    for (const track of stream.getTracks()) track.stop();
    return null;
  } catch (error) {
    return problemOf(error);
  }
}
