import { routes as account } from "@/features/account/routes";
import { routes as admin } from "@/features/admin/routes";
import { routes as call } from "@/features/call/routes";
import { routes as join } from "@/features/join/routes";
import { routes as operator } from "@/features/operator/routes";
import { routes as rooms } from "@/features/rooms/routes";
import { routes as session } from "@/features/session/routes";
import { routes as setup } from "@/features/setup/routes";
import type { Route } from "./route";

/** Every page of every feature. The lists are tiny; the pages behind them load on demand. */
export const routes: readonly Route[] = [
  ...account,
  ...admin,
  ...call,
  ...join,
  ...operator,
  ...rooms,
  ...session,
  ...setup,
];
