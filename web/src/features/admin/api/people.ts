/** The people of the office, as its administrator sees and changes them. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type { ChangePerson, InvitePerson, PersonId } from "@/api/types";

const PEOPLE = ["people"] as const;

export function peopleQuery(query: string) {
  return queryOptions({
    queryKey: [...PEOPLE, "admin", query] as const,
    queryFn: ({ signal }) =>
      call(api.GET("/api/v1/people", { params: { query: { query } }, signal })),
    placeholderData: keepPreviousData,
  });
}

function useReadAgain() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: PEOPLE }),
      // Each department counts its people.
      client.invalidateQueries({ queryKey: ["departments"] }),
    ]);
}

export function useInvitePerson() {
  const onSuccess = useReadAgain();
  return useMutation({
    mutationFn: (body: InvitePerson) => call(api.POST("/api/v1/people", { body })),
    onSuccess,
  });
}

export function useChangePerson() {
  const onSuccess = useReadAgain();
  return useMutation({
    mutationFn: ({ person, change }: { person: PersonId; change: ChangePerson }) =>
      call(api.PATCH("/api/v1/people/{person}", { params: { path: { person } }, body: change })),
    onSuccess,
  });
}

export function useResendInvite() {
  return useMutation({
    mutationFn: (person: PersonId) =>
      call(api.POST("/api/v1/people/{person}/invite", { params: { path: { person } } })),
  });
}

export function useSignOutPerson() {
  return useMutation({
    mutationFn: (person: PersonId) =>
      call(api.DELETE("/api/v1/people/{person}/sessions", { params: { path: { person } } })),
  });
}
