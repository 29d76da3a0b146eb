import { publicRoutes as queue } from "@/features/appointments/publicRoutes";
import { routes as booking } from "@/features/booking/routes";
import { routes as join } from "@/features/join/routes";
import type { CitizenRoute } from "./route";

/**
 * Pages that citizens open. Their list is a part of the first file that a browser loads; that of the
 * offices' pages, which is long, comes when one of them is opened (`StaffRoutes`).
 */
export const citizenRoutes: readonly CitizenRoute[] = [...join, ...queue, ...booking];
