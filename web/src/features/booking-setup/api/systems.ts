/** Other systems of the administration, which use the office's API with a key of their own. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type { NewSystem, SystemId } from "@/api/types";

const SYSTEMS = ["systems"] as const;

export const systemsQuery = queryOptions({
  queryKey: SYSTEMS,
  queryFn: ({ signal }) => call(api.GET("/api/v1/systems", { signal })),
});

export function useAddSystem() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewSystem) => call(api.POST("/api/v1/systems", { body })),
    networkMode: "always",
    onSettled: () => client.invalidateQueries({ queryKey: SYSTEMS }),
    // It holds the key, which is shown once only.
    gcTime: 0,
  });
}

export function useRevokeSystem() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (system: SystemId) =>
      call(api.DELETE("/api/v1/systems/{system}", { params: { path: { system } } })),
    networkMode: "always",
    onSettled: () => client.invalidateQueries({ queryKey: SYSTEMS }),
  });
}
