/** Outgoing mail and the local mailbox. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type { MailId } from "@/api/types";

const OUTBOX = ["operator", "outbox"] as const;
const MAILBOX = ["operator", "mailbox"] as const;

export const outboxQuery = queryOptions({
  queryKey: OUTBOX,
  queryFn: ({ signal }) => call(api.GET("/api/v1/operator/outbox", { signal })),
  refetchInterval: 5_000,
});

export function useRetryMail() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (mail: MailId) =>
      call(api.POST("/api/v1/operator/outbox/{mail}/retry", { params: { path: { mail } } })),
    onSettled: () => client.invalidateQueries({ queryKey: OUTBOX }),
  });
}

export const mailboxQuery = queryOptions({
  queryKey: MAILBOX,
  queryFn: ({ signal }) => call(api.GET("/api/v1/operator/mailbox", { signal })),
  refetchInterval: 5_000,
});

export function mailQuery(mail: MailId) {
  return queryOptions({
    queryKey: [...MAILBOX, mail] as const,
    queryFn: ({ signal }) =>
      call(api.GET("/api/v1/operator/mailbox/{mail}", { params: { path: { mail } }, signal })),
    // A message never changes.
    staleTime: Infinity,
  });
}

/** Where the message itself can be downloaded, as `message/rfc822`. */
export function rawMailAddress(mail: MailId): string {
  return `/api/v1/operator/mailbox/${encodeURIComponent(mail)}/raw`;
}
