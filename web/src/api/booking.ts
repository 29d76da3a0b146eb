/**
 * The booking service as officials call it: with a token of its own, which the session is exchanged
 * for. Citizens' routes need none and use {@link api}.
 */
import createClient, { type Middleware } from "openapi-fetch";
import { api, call } from "./client";
import type { paths } from "./generated/schema";
import { queryClient } from "./me";

/** Tokens live ten minutes; this leaves time for a slow request. */
const FRESH_MS = 8 * 60_000;
/** In the query cache, so that signing out drops it with everything else. */
const TOKEN_KEY = ["booking-token"] as const;

async function token(): Promise<string> {
  const issued = await queryClient.fetchQuery({
    queryKey: TOKEN_KEY,
    queryFn: () => call(api.POST("/api/v1/tokens", { body: { audience: "booking" } })),
    // A request that waits for a token must fail with it when there is no connection.
    networkMode: "always",
    staleTime: FRESH_MS,
    gcTime: FRESH_MS,
  });
  return issued.token;
}

const bearer: Middleware = {
  async onRequest({ request }) {
    request.headers.set("authorization", `Bearer ${await token()}`);
    return request;
  },
  onResponse({ response }) {
    // Roles changed, or the server's keys: the next request asks for another one.
    if (response.status === 401) queryClient.removeQueries({ queryKey: TOKEN_KEY });
    return undefined;
  },
};

/** Wrap calls in {@link call}, as those of {@link api}. */
export const booking = createClient<paths>({
  baseUrl: "",
  credentials: "same-origin",
  fetch: (request) => globalThis.fetch(request),
});
booking.use(bearer);
