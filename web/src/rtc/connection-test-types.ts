/** What a connection test found. The UI has a plain sentence for each code. */
import type { DeviceProblem } from "./devices/types";
import type { Code, ProbeGrant } from "./wire";

export type ConnectionProblem =
  /** The browser can't do video calls (too old, or WebRTC is switched off). */
  | "browser_unsupported"
  /** The page is not served over https. */
  | "insecure"
  /** The server does not answer at all. */
  | "server_unreachable"
  /** The server answers, but takes no test now (`serverCode`). */
  | "server_refused"
  /** The server answers, but no media path works: a firewall blocks UDP and TCP. */
  | "media_blocked"
  /** Media works, but by TCP only: UDP is blocked; worse on bad days. */
  | "udp_blocked"
  /** Round trips take long. */
  | "slow"
  /** Packets get lost. */
  | "lossy"
  /** Delays vary a lot. */
  | "unsteady";

export type StepState = "pending" | "running" | "ok" | "warning" | "failed" | "skipped";

/** The steps, in the order in which they run. */
export type TestStep = "browser" | "server" | "media" | "quality" | "microphone" | "camera";

export interface ConnectionReport {
  steps: Readonly<Record<TestStep, StepState>>;
  /** Worst first. Empty: all is well. */
  problems: readonly ConnectionProblem[];
  /** Why the server refused, if it did. */
  serverCode: Code | null;
  microphone: DeviceProblem | null;
  camera: DeviceProblem | null;
  /** How media reaches the server; null while unknown. */
  path: "udp" | "tcp" | null;
  /** Median round trip through the media path, in milliseconds. */
  rttMs: number | null;
  /** Mean difference between neighbouring round trips, in milliseconds. */
  jitterMs: number | null;
  /** Share of test packets that did not return, 0 to 1. */
  loss: number | null;
  /** The whole in one word; null until finished, and when the server took no test. */
  verdict: "good" | "usable" | "bad" | null;
}

export interface ConnectionTestOptions {
  /** From `LinkPreview.probe` or `POST /api/v1/probe`. */
  probe: ProbeGrant;
  /** Also ask for the devices. Default: both. */
  devices?: { microphone: boolean; camera: boolean };
  /** Called with every step's progress. */
  onProgress?: (report: ConnectionReport) => void;
  signal?: AbortSignal;
}
