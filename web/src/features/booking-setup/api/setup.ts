/** What an office says of itself: profile, matters, hours, exceptions, places. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { booking } from "@/api/booking";
import { call } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type {
  Hours,
  MatterDetails,
  MatterId,
  NewException,
  NewResource,
  OfficeProfile,
  PersonId,
  ResourceHours,
  ResourceId,
  Stranded,
} from "@/api/types";

const SETUP = ["booking", "setup"] as const;
/** Everything that depends on what an office says: lists and slots too. */
const ALL = ["booking"] as const;

export const setupQueries = {
  /** Null while nobody has written it. */
  profile: queryOptions({
    queryKey: [...SETUP, "profile"] as const,
    queryFn: async ({ signal }): Promise<OfficeProfile | null> => {
      try {
        return await call(booking.GET("/booking/v1/office", { signal }));
      } catch (error) {
        if (ApiProblem.from(error).code === "not_found") return null;
        throw error;
      }
    },
  }),
  matters: queryOptions({
    queryKey: [...SETUP, "matters"] as const,
    queryFn: ({ signal }) => call(booking.GET("/booking/v1/matters", { signal })),
  }),
  officials: queryOptions({
    queryKey: [...SETUP, "officials"] as const,
    queryFn: ({ signal }) => call(booking.GET("/booking/v1/officials", { signal })),
  }),
  resources: queryOptions({
    queryKey: [...SETUP, "resources"] as const,
    queryFn: ({ signal }) => call(booking.GET("/booking/v1/resources", { signal })),
  }),
  exceptions: (from: string, to: string) =>
    queryOptions({
      queryKey: [...SETUP, "exceptions", from, to] as const,
      queryFn: ({ signal }) =>
        call(booking.GET("/booking/v1/exceptions", { params: { query: { from, to } }, signal })),
    }),
  closedDays: (from: string, to: string) =>
    queryOptions({
      queryKey: [...SETUP, "closed", from, to] as const,
      queryFn: ({ signal }) =>
        call(booking.GET("/booking/v1/closed-days", { params: { query: { from, to } }, signal })),
    }),
};

function useSave<V, R>(run: (variables: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    // Without a connection it fails at once, and isn't done by surprise when the connection is back.
    networkMode: "always",
    onSettled: () => client.invalidateQueries({ queryKey: ALL, predicate: notOne }),
  });
}

/** Reading an appointment is written into its log: that isn't done by the way. */
function notOne(query: { queryKey: readonly unknown[] }): boolean {
  return query.queryKey[1] !== "one";
}

export function useSaveProfile() {
  return useSave((body: OfficeProfile) => call(booking.PUT("/booking/v1/office", { body })));
}

/** Makes a matter, or writes the one whose id is given. */
export function useSaveMatter() {
  return useSave(({ matter, details }: { matter: MatterId | null; details: MatterDetails }) =>
    matter === null
      ? call(booking.POST("/booking/v1/matters", { body: details }))
      : call(
          booking.PUT("/booking/v1/matters/{matter}", {
            params: { path: { matter } },
            body: details,
          }),
        ),
  );
}

export function useArchiveMatter() {
  return useSave((matter: MatterId) =>
    call(booking.DELETE("/booking/v1/matters/{matter}", { params: { path: { matter } } })),
  );
}

export function useSaveHours(official: PersonId) {
  return useSave((hours: Hours[]) =>
    call(
      booking.PUT("/booking/v1/officials/{official}/hours", {
        params: { path: { official } },
        body: { hours },
      }),
    ),
  );
}

export function useSaveDesk(official: PersonId) {
  return useSave((desk: ResourceId | null) =>
    call(
      booking.PUT("/booking/v1/officials/{official}/desk", {
        params: { path: { official } },
        body: { desk },
      }),
    ),
  );
}

export function useAddException() {
  return useSave((body: NewException) => call(booking.POST("/booking/v1/exceptions", { body })));
}

export function useRemoveException() {
  return useSave((exception: string) =>
    call(booking.DELETE("/booking/v1/exceptions/{exception}", { params: { path: { exception } } })),
  );
}

/** Makes a place, or writes the one whose id is given. */
export function useSaveResource() {
  return useSave(({ resource, body }: { resource: ResourceId | null; body: NewResource }) =>
    resource === null
      ? call(booking.POST("/booking/v1/resources", { body }))
      : call(
          booking.PUT("/booking/v1/resources/{resource}", {
            params: { path: { resource } },
            body,
          }),
        ),
  );
}

export function useSavePlaceHours(resource: ResourceId) {
  return useSave((hours: ResourceHours[]) =>
    call(
      booking.PUT("/booking/v1/resources/{resource}/hours", {
        params: { path: { resource } },
        body: { hours },
      }),
    ),
  );
}

/** What other hours of a place would leave without it. Nothing is changed. */
export function previewPlaceHours(resource: ResourceId, hours: ResourceHours[]): Promise<Stranded> {
  return call(
    booking.POST("/booking/v1/resources/{resource}/hours/preview", {
      params: { path: { resource } },
      body: { hours },
    }),
  );
}

/** What new hours would leave without their official. Nothing is changed. */
export function previewHours(official: PersonId, hours: Hours[]): Promise<Stranded> {
  return call(
    booking.POST("/booking/v1/officials/{official}/hours/preview", {
      params: { path: { official } },
      body: { hours },
    }),
  );
}

/** What an exception would leave without its official or place. Nothing is changed. */
export function previewException(body: NewException): Promise<Stranded> {
  return call(booking.POST("/booking/v1/exceptions/preview", { body }));
}

/** A new secret address of the screen in the hall; an earlier one stops working. */
export function useMakeQueueScreen() {
  return useMutation({
    mutationFn: () => call(booking.POST("/booking/v1/queue-screen")),
    gcTime: 0,
  });
}
