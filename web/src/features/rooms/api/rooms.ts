/** Meetings, their invitees, guest links and attendance. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type {
  ChangeRoom,
  InviteeId,
  LinkId,
  NewInvitee,
  NewLink,
  NewRoom,
  Room,
  RoomId,
  When,
} from "@/api/types";

const keys = {
  all: ["rooms"] as const,
  list: (when: When) => ["rooms", "list", when] as const,
  one: (room: RoomId) => ["rooms", "one", room] as const,
  links: (room: RoomId) => ["rooms", "one", room, "links"] as const,
  attendance: (room: RoomId) => ["rooms", "one", room, "attendance"] as const,
};

/** How often a list is read again while it is on the screen. */
const LIST_MS = 15_000;
/** A room page shows who waits and whether the mail went out: people look at it expecting change. */
const ROOM_MS = 5_000;

export const roomQueries = {
  list: (when: When) =>
    queryOptions({
      queryKey: keys.list(when),
      queryFn: ({ signal }) =>
        call(api.GET("/api/v1/rooms", { params: { query: { when } }, signal })),
      refetchInterval: when === "upcoming" ? LIST_MS : false,
    }),
  one: (room: RoomId) =>
    queryOptions({
      queryKey: keys.one(room),
      queryFn: ({ signal }) =>
        call(api.GET("/api/v1/rooms/{room}", { params: { path: { room } }, signal })),
      refetchInterval: ROOM_MS,
    }),
  links: (room: RoomId) =>
    queryOptions({
      queryKey: keys.links(room),
      queryFn: ({ signal }) =>
        call(api.GET("/api/v1/rooms/{room}/links", { params: { path: { room } }, signal })),
    }),
  attendance: (room: RoomId) =>
    queryOptions({
      queryKey: keys.attendance(room),
      queryFn: ({ signal }) =>
        call(api.GET("/api/v1/rooms/{room}/attendance", { params: { path: { room } }, signal })),
      refetchInterval: LIST_MS,
    }),
};

export function useCreateRoom() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewRoom) => call(api.POST("/api/v1/rooms", { body })),
    onSuccess: (room: Room) => {
      client.setQueryData(keys.one(room.id), room);
      return client.invalidateQueries({ queryKey: keys.list("upcoming") });
    },
  });
}

export function useChangeRoom(room: RoomId) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ChangeRoom) =>
      call(api.PATCH("/api/v1/rooms/{room}", { params: { path: { room } }, body })),
    onSuccess: (changed: Room) => {
      client.setQueryData(keys.one(room), changed);
      return client.invalidateQueries({ queryKey: keys.all });
    },
  });
}

export function useCancelRoom(room: RoomId) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call(api.DELETE("/api/v1/rooms/{room}", { params: { path: { room } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.all }),
  });
}

export function useAddInvitee(room: RoomId) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewInvitee) =>
      call(api.POST("/api/v1/rooms/{room}/invitees", { params: { path: { room } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.one(room) }),
  });
}

export function useRemoveInvitee(room: RoomId) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (invitee: InviteeId) =>
      call(
        api.DELETE("/api/v1/rooms/{room}/invitees/{invitee}", {
          params: { path: { room, invitee } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.one(room) }),
  });
}

export function useResendInvitation(room: RoomId) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (invitee: InviteeId) =>
      call(
        api.POST("/api/v1/rooms/{room}/invitees/{invitee}/resend", {
          params: { path: { room, invitee } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.one(room) }),
  });
}

export function useCreateLink(room: RoomId) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewLink) =>
      call(api.POST("/api/v1/rooms/{room}/links", { params: { path: { room } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.links(room) }),
  });
}

export function useRevokeLink(room: RoomId) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (link: LinkId) =>
      call(api.DELETE("/api/v1/rooms/{room}/links/{link}", { params: { path: { room, link } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.links(room) }),
  });
}

/** A link for the first guest of a room that was made a moment ago. */
export function useCreateFirstLink() {
  return useMutation({
    mutationFn: (room: RoomId) =>
      call(
        api.POST("/api/v1/rooms/{room}/links", {
          params: { path: { room } },
          body: { role: "participant" },
        }),
      ),
    // It holds the secret, which is shown once only.
    gcTime: 0,
  });
}
