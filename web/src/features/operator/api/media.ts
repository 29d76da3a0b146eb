/** What a media node says of itself. The node takes a token of its own, not the session cookie. */
import { type QueryClient, queryOptions } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type { NodeStats } from "@/api/types";

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

/** Read again and again by the page itself, which can pause. */
export const statsQuery = queryOptions({
  queryKey: ["operator", "stats"] as const,
  queryFn: ({ client, signal }) => readStats(client, signal),
  staleTime: 0,
  gcTime: 0,
});
