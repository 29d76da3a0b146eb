import createClient from "openapi-fetch";
import type { paths } from "./generated/schema";
import { ApiProblem } from "./problem";

/** The typed client. Wrap calls in {@link call}: it gives the data or throws an {@link ApiProblem}. */
export const api = createClient<paths>({
  baseUrl: "",
  credentials: "same-origin",
  // Looked up at the time of the call, so that a test may replace it.
  fetch: (request) => globalThis.fetch(request),
});

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * `const room = await call(api.GET("/api/v1/rooms/{room}", { params: { path: { room } } }))`
 *
 * @throws {ApiProblem} for every answer that isn't a success, and when there is none.
 */
export async function call<T>(request: Promise<Outcome<T>>): Promise<NonNullable<T>> {
  let outcome: Outcome<T>;
  try {
    outcome = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw ApiProblem.from(error);
  }
  if (!outcome.response.ok) throw ApiProblem.fromBody(outcome.error, outcome.response);
  return outcome.data as NonNullable<T>;
}
