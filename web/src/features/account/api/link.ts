/** Links from mail: an invitation to the office, or a new password. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type { Me, SetPassword } from "@/api/types";

export function accountLinkQuery(secret: string) {
  return queryOptions({
    queryKey: ["account-link", secret] as const,
    queryFn: ({ signal }) => call(api.POST("/api/v1/account/lookup", { body: { secret }, signal })),
    staleTime: Infinity,
    gcTime: 0,
  });
}

export function useSetPassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: SetPassword) => call(api.POST("/api/v1/account/password", { body })),
    onSuccess: (me: Me) => client.setQueryData(["me"], me),
  });
}
