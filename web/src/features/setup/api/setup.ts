import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type { Me, Setup } from "@/api/types";

export const setupQuery = queryOptions({
  queryKey: ["setup"] as const,
  queryFn: ({ signal }) => call(api.GET("/api/v1/setup", { signal })),
  staleTime: Infinity,
});

export function useSetup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Setup) => call(api.POST("/api/v1/setup", { body })),
    onSuccess: (me: Me) => {
      client.setQueryData(["me"], me);
      client.setQueryData(setupQuery.queryKey, { needed: false });
    },
  });
}
