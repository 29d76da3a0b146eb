/** What is known of a person, and what other systems are told. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { booking } from "@/api/booking";
import { call } from "@/api/client";

const WEBHOOKS = ["booking", "webhooks"] as const;

export const webhooksQuery = queryOptions({
  queryKey: WEBHOOKS,
  queryFn: ({ signal }) => call(booking.GET("/booking/v1/webhooks", { signal })),
  refetchInterval: 30_000,
});

export function useAddWebhook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (url: string) => call(booking.POST("/booking/v1/webhooks", { body: { url } })),
    networkMode: "always",
    onSettled: () => client.invalidateQueries({ queryKey: WEBHOOKS }),
    // It holds the secret, which is shown once only.
    gcTime: 0,
  });
}

export function useRemoveWebhook() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (webhook: string) =>
      call(booking.DELETE("/booking/v1/webhooks/{webhook}", { params: { path: { webhook } } })),
    networkMode: "always",
    onSettled: () => client.invalidateQueries({ queryKey: WEBHOOKS }),
  });
}

export function useExportPerson() {
  return useMutation({
    mutationFn: (email: string) =>
      call(booking.POST("/booking/v1/personal-data/export", { body: { email } })),
    networkMode: "always",
    gcTime: 0,
  });
}

export function useErasePerson() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (email: string) =>
      call(booking.POST("/booking/v1/personal-data/erase", { body: { email } })),
    networkMode: "always",
    // Everything of them is gone, also what was looked at a moment ago.
    onSettled: () => client.removeQueries({ queryKey: ["booking", "one"] }),
  });
}
