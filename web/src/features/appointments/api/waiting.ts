/** The waiting list as the office sees it. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { booking } from "@/api/booking";
import { call } from "@/api/client";
import type { WaitingId } from "@/api/types";
import { keys } from "./appointments";

/** Places come and go by themselves: whoever is asked answers within minutes. */
const LIST_MS = 20_000;

const WAITING = [...keys.lists, "waiting"] as const;

export const waitingQuery = queryOptions({
  queryKey: WAITING,
  queryFn: ({ signal }) => call(booking.GET("/booking/v1/waiting", { signal })),
  refetchInterval: LIST_MS,
});

export function useRemoveWaiting() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ place, message }: { place: WaitingId; message: string }) =>
      call(
        booking.POST("/booking/v1/waiting/{place}/remove", {
          params: { path: { place } },
          body: { message },
        }),
      ),
    networkMode: "always",
    onSettled: () => client.invalidateQueries({ queryKey: WAITING }),
  });
}
