import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type { ChangeOffice, Office } from "@/api/types";

export const officeQuery = queryOptions({
  queryKey: ["office"] as const,
  queryFn: ({ signal }) => call(api.GET("/api/v1/office", { signal })),
});

export function useChangeOffice() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ChangeOffice) => call(api.PATCH("/api/v1/office", { body })),
    onSuccess: (office: Office) => {
      client.setQueryData(officeQuery.queryKey, office);
      // The head of every page names the office.
      return client.invalidateQueries({ queryKey: ["me"] });
    },
  });
}
