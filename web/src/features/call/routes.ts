import { lazy } from "react";
import type { Route } from "@/app/route";

/** The call of a colleague. Frames itself, since the call takes the whole window. */
export const routes: readonly Route[] = [
  { path: "/rooms/:room/call", layout: "call", page: lazy(() => import("./StaffCallPage")) },
];
