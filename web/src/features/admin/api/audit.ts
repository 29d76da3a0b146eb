import { infiniteQueryOptions } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type { AuditAction } from "@/api/types";

const PAGE = 50;

/** The audit log, newest first, page by page. */
export function auditQuery(action: AuditAction | null) {
  return infiniteQueryOptions({
    queryKey: ["audit", action] as const,
    queryFn: ({ pageParam, signal }) =>
      call(
        api.GET("/api/v1/audit", {
          params: {
            query: {
              limit: PAGE,
              ...(pageParam === null ? {} : { before: pageParam }),
              ...(action === null ? {} : { action }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next ?? null,
  });
}
