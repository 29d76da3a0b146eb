import { expect, it } from "vitest";

import type { NodeStats, SessionStats } from "@/api/types";
import { totals } from "./totals";

function session(tx: number, loss: number): SessionStats {
  return {
    session: "s",
    participant: "p",
    transport: "udp",
    connected_seconds: 1,
    rx_bits_per_second: 1,
    tx_bits_per_second: tx,
    tx_loss: loss,
    rx_loss: 0,
  };
}

const EMPTY: NodeStats = {
  node: "n",
  version: "1",
  uptime_seconds: 0,
  draining: false,
  shards: [],
  rooms: [],
};

it("weighs loss by what is sent, so that a silent participant doesn't count", () => {
  const rooms = [
    { room: "a", shards: [0], sessions: [session(3_000_000, 0), session(1_000_000, 0.2)] },
    { room: "b", shards: [0], sessions: [session(0, 1)] },
  ];
  const result = totals({ ...EMPTY, rooms });
  expect(result.txLoss).toBeCloseTo(0.05);
  expect(result.sessions).toBe(3);
  expect(result.rooms).toBe(2);
});

it("has no loss where nothing is sent", () => {
  expect(totals(EMPTY).txLoss).toBe(0);
});
