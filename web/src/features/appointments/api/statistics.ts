import { queryOptions } from "@tanstack/react-query";

import { booking } from "@/api/booking";
import { call } from "@/api/client";
import { saveFile } from "@/ui/save";

export function statisticsQuery(from: string, to: string) {
  return queryOptions({
    queryKey: ["booking", "statistics", from, to] as const,
    queryFn: ({ signal }) =>
      call(booking.GET("/booking/v1/statistics", { params: { query: { from, to } }, signal })),
    staleTime: 60_000,
  });
}

/** The rows as a file; by a request, for a link can't carry the token. */
export async function saveStatistics(from: string, to: string): Promise<void> {
  const blob = await call(
    booking.GET("/booking/v1/statistics.csv", {
      params: { query: { from, to } },
      parseAs: "blob",
    }),
  );
  saveFile(`wizyty-${from}-${to}.csv`, blob as unknown as Blob);
}
