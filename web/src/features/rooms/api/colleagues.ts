import { queryOptions } from "@tanstack/react-query";

import { api, call } from "@/api/client";

/** Active colleagues whose name or address contains `query`. */
export function colleaguesQuery(query: string) {
  return queryOptions({
    queryKey: ["people", "search", query] as const,
    queryFn: ({ signal }) =>
      call(api.GET("/api/v1/people", { params: { query: { query } }, signal })),
    staleTime: 30_000,
  });
}
