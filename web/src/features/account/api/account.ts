/** One's own account: name, password, second factor, sessions. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type { ChangeMe, ChangePassword, Me, SessionId } from "@/api/types";

const ME = ["me"] as const;
const SESSIONS = ["me", "sessions"] as const;

export const sessionsQuery = queryOptions({
  queryKey: SESSIONS,
  queryFn: ({ signal }) => call(api.GET("/api/v1/me/sessions", { signal })),
});

export function useChangeMe() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ChangeMe) => call(api.PATCH("/api/v1/me", { body })),
    onSuccess: (me: Me) => client.setQueryData(ME, me),
  });
}

export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ChangePassword) => call(api.POST("/api/v1/me/password", { body })),
    // It ended the other sessions.
    onSuccess: () => client.invalidateQueries({ queryKey: SESSIONS }),
  });
}

/** Asks for a new secret; it isn't in force before {@link useConfirmTotp}. */
export function useStartTotp() {
  return useMutation({
    mutationFn: (password: string) => call(api.POST("/api/v1/me/totp", { body: { password } })),
    // The secret must not outlive the dialog that shows it.
    gcTime: 0,
  });
}

export function useConfirmTotp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (code: string) => call(api.POST("/api/v1/me/totp/confirm", { body: { code } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ME }),
  });
}

export function useDisableTotp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (password: string) => call(api.DELETE("/api/v1/me/totp", { body: { password } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ME }),
  });
}

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (session: SessionId) =>
      call(api.DELETE("/api/v1/me/sessions/{session}", { params: { path: { session } } })),
    onSettled: () => client.invalidateQueries({ queryKey: SESSIONS }),
  });
}

export function useEndOtherSessions() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call(api.DELETE("/api/v1/me/sessions")),
    onSettled: () => client.invalidateQueries({ queryKey: SESSIONS }),
  });
}
