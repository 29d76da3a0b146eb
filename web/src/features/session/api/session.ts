import { useMutation } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type { SignIn } from "@/api/types";

export function useSignIn() {
  return useMutation({
    mutationFn: (body: SignIn) => call(api.POST("/api/v1/session", { body })),
    // The variables hold the password: nothing of it stays behind.
    gcTime: 0,
  });
}

/** The answer is the same whether the address is known or not. */
export function useRequestReset() {
  return useMutation({
    mutationFn: (email: string) => call(api.POST("/api/v1/account/reset", { body: { email } })),
  });
}
