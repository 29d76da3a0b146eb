import { publicRoutes as queue } from "@/features/appointments/publicRoutes";
import { routes as booking } from "@/features/booking/routes";
import { routes as join } from "@/features/join/routes";
import type { LazyPage } from "./lazyPage";
import type { CitizenRoute } from "./route";

/**
 * Pages that citizens open. Their list is a part of the first file that a browser loads; that of the
 * offices' pages, which is long, comes when one of them is opened (`StaffRoutes`).
 */
export const citizenRoutes: readonly CitizenRoute[] = [...join, ...queue, ...booking];

/** The page that a citizen opened; none when it is an office's. */
export function openedPage(path: string): LazyPage | undefined {
  return citizenRoutes.find((route) => matches(route.path, path))?.page;
}

/** Whether an address has a pattern's form, `/booking/:office`; the router decides what is shown. */
function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [segments(pattern), segments(path)];
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith(":") || part === given[index])
  );
}

function segments(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}
