import { lazy } from "react";
import type { Route } from "@/app/route";

export const routes: readonly Route[] = [
  { path: "/rooms", layout: "staff", page: lazy(() => import("./components/RoomsPage")) },
  { path: "/rooms/new", layout: "staff", page: lazy(() => import("./components/NewRoomPage")) },
  { path: "/rooms/:room", layout: "staff", page: lazy(() => import("./components/RoomPage")) },
  {
    path: "/rooms/:room/edit",
    layout: "staff",
    page: lazy(() => import("./components/EditRoomPage")),
  },
];
