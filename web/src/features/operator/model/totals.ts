/** A node's numbers as a whole. */
import type { NodeStats } from "@/api/types";

export interface Totals {
  rooms: number;
  sessions: number;
  rxBitsPerSecond: number;
  txBitsPerSecond: number;
  /** 0 to 1, over all participants, each by what is sent to it. */
  txLoss: number;
  /** Packets that the system refused to send, since start. */
  dropped: number;
}

export function totals(stats: NodeStats): Totals {
  const sessions = stats.rooms.flatMap((room) => room.sessions);
  const sent = sum(sessions.map((session) => session.tx_bits_per_second));
  const lost = sum(sessions.map((session) => session.tx_bits_per_second * session.tx_loss));
  return {
    rooms: stats.rooms.length,
    sessions: sessions.length,
    rxBitsPerSecond: sum(stats.shards.map((shard) => shard.rx_bits_per_second)),
    txBitsPerSecond: sum(stats.shards.map((shard) => shard.tx_bits_per_second)),
    txLoss: sent > 0 ? lost / sent : 0,
    dropped: sum(stats.shards.map((shard) => shard.tx_dropped)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
