import { api, call } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type { JoinGrant, LinkPreview, ProbeGrant } from "@/api/types";
import { GrantRefused } from "@/rtc";

export function lookUpLink(link: string, signal: AbortSignal): Promise<LinkPreview> {
  return call(api.POST("/api/v1/links/lookup", { body: { link }, signal }));
}

/** A guest's place. @throws {GrantRefused} when the server says no. */
export function redeemLink(
  link: string,
  name: string,
  resume: string | undefined,
  signal: AbortSignal,
): Promise<JoinGrant> {
  return granted(
    call(
      api.POST("/api/v1/links/redeem", { body: { link, name, resume: resume ?? null }, signal }),
    ),
  );
}

/** A colleague's place. @throws {GrantRefused} when the server says no. */
export function joinRoom(room: string, signal: AbortSignal): Promise<JoinGrant> {
  return granted(
    call(api.POST("/api/v1/rooms/{room}/join", { params: { path: { room } }, signal })),
  );
}

export function probeGrant(): Promise<ProbeGrant> {
  return call(api.POST("/api/v1/probe"));
}

async function granted(request: Promise<JoinGrant>): Promise<JoinGrant> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiProblem && error.code !== "unreachable") {
      throw new GrantRefused(error.code, error.retryAfter);
    }
    throw error;
  }
}
