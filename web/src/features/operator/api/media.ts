/** What a media node says of itself. The node takes a token of its own, not the session cookie. */
import { type QueryClient, queryOptions } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type { NodeStats } from "@/api/types";
import { type History, NO_HISTORY, remember } from "../model/history";
import { totals } from "../model/totals";

/** A token that is about to run out is replaced: it must outlive the request. */
const MARGIN_MS = 30_000;

/** Kept with the other answers, so that it goes when the person signs out. */
const sfuToken = queryOptions({
  queryKey: ["token", "sfu"] as const,
  queryFn: () => call(api.POST("/api/v1/tokens", { body: { audience: "sfu" } })),
  staleTime: ({ state }) =>
    state.data ? Date.parse(state.data.expires_at) - MARGIN_MS - state.dataUpdatedAt : 0,
});

async function readStats(client: QueryClient, signal: AbortSignal): Promise<NodeStats> {
  const read = async () => {
    const { token } = await client.fetchQuery(sfuToken);
    const headers = { authorization: `Bearer ${token}` };
    return call(api.GET("/media/v1/stats", { headers, signal }));
  };
  try {
    return await read();
  } catch (error) {
    // The signing key may have been replaced meanwhile: once more with a new token.
    if (!(error instanceof ApiProblem) || error.code !== "unauthenticated") throw error;
    client.removeQueries(sfuToken);
    return read();
  }
}

export interface NodeReading {
  stats: NodeStats;
  history: History;
}

/** Twice the node's own second, so that every reading is new. */
export const STATS_EVERY_MS = 2_000;
const KEY = ["operator", "stats"] as const;

/** Read again and again by the page itself, which can pause. Forgotten when the page is left. */
export const statsQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ client, signal }): Promise<NodeReading> => {
    const stats = await readStats(client, signal);
    const former = client.getQueryData<NodeReading>(KEY)?.history ?? NO_HISTORY;
    return { stats, history: remember(former, totals(stats)) };
  },
  staleTime: 0,
  gcTime: 0,
  retry: false,
});
