/** Judges the answers to test packets. Pure. */
import type { ConnectionProblem } from "./connection-test-types";

export interface PathFigures {
  rttMs: number | null;
  jitterMs: number | null;
  loss: number;
}

/** The room's own scale for "good" (`media::Quality`); above the second it is "poor". */
const RTT_MS = { good: 150, fair: 400 };
/** One packet of 25 may be chance; two are 8%, the room's border between fair and poor. */
const LOSS = { good: 0.05, fair: 0.15 };
/** What a jitter buffer takes without being heard. */
const JITTER_MS = 50;

/** `rtts` in milliseconds, in the order of sending; null for what didn't come back. */
export function figures(rtts: readonly (number | null)[]): PathFigures {
  const back = rtts.filter((rtt) => rtt !== null);
  const loss = rtts.length === 0 ? 1 : 1 - back.length / rtts.length;
  if (back.length === 0) return { rttMs: null, jitterMs: null, loss };
  const sorted = [...back].sort((a, b) => a - b);
  const rttMs = sorted[Math.floor(sorted.length / 2)] ?? null;
  const steps = back.slice(1).map((rtt, index) => Math.abs(rtt - (back[index] ?? rtt)));
  const jitterMs =
    steps.length === 0 ? null : steps.reduce((sum, step) => sum + step, 0) / steps.length;
  return { rttMs, jitterMs, loss };
}

export function judge(path: PathFigures): {
  problems: ConnectionProblem[];
  verdict: "good" | "usable" | "bad";
} {
  const problems: ConnectionProblem[] = [];
  const rtt = path.rttMs ?? Infinity;
  if (path.loss >= LOSS.good) problems.push("lossy");
  if (rtt >= RTT_MS.good) problems.push("slow");
  if ((path.jitterMs ?? 0) >= JITTER_MS) problems.push("unsteady");
  if (path.loss >= LOSS.fair || rtt >= RTT_MS.fair) return { problems, verdict: "bad" };
  return { problems, verdict: problems.length > 0 ? "usable" : "good" };
}
