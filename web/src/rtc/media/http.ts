/** The three requests of a media session (`signalling/protocol/src/media.rs`). */
import type { Code, MediaGrant, OpenSession, RestartIce, SessionAnswer } from "../wire";

/** Where to and with what: a grant for a call, or one for a connection test. */
export type NodeAccess = Pick<MediaGrant, "url" | "token">;

export class NodeError extends Error {
  /** HTTP status; null when there was no answer at all. */
  readonly status: number | null;
  readonly code: Code | null;
  /** Seconds; 0 when the node didn't say. */
  readonly retryAfter: number;

  constructor(status: number | null, code: Code | null, retryAfter: number) {
    super(
      status === null ? "no answer from the media node" : `media node: ${status} ${code ?? ""}`,
    );
    this.name = "NodeError";
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

export async function openSession(
  access: NodeAccess,
  body: OpenSession,
  signal: AbortSignal,
): Promise<SessionAnswer> {
  const response = await request(access, "/sessions", "POST", body, signal);
  return (await answered(response)) as SessionAnswer;
}

export async function restartSession(
  access: NodeAccess,
  session: string,
  body: RestartIce,
  signal: AbortSignal,
): Promise<SessionAnswer> {
  const response = await request(access, `/sessions/${session}`, "PATCH", body, signal);
  return (await answered(response)) as SessionAnswer;
}

/** Goes out even while the page closes; nobody waits for the answer. */
export function endSession(access: NodeAccess, session: string): void {
  void fetch(`${access.url}/sessions/${session}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${access.token}` },
    keepalive: true,
  }).catch(() => undefined);
}

async function request(
  access: NodeAccess,
  path: string,
  method: "POST" | "PATCH",
  body: OpenSession | RestartIce,
  signal: AbortSignal,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(access.url + path, {
      method,
      headers: {
        authorization: `Bearer ${access.token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      signal,
    });
  } catch {
    throw new NodeError(null, null, 0);
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function answered(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // Cut off on the way: as good as no answer.
    throw new NodeError(null, null, 0);
  }
}

async function refusal(response: Response): Promise<NodeError> {
  try {
    const problem = (await response.json()) as { code?: Code; retry_after?: number } | null;
    return new NodeError(response.status, problem?.code ?? null, problem?.retry_after ?? 0);
  } catch {
    // A proxy's error page instead of a problem document.
    return new NodeError(response.status, null, 0);
  }
}
