import { lazy, Suspense } from "react";
import { Redirect, Route as WouterRoute, Switch } from "wouter";
import { routes as account } from "@/features/account/routes";
import { routes as admin } from "@/features/admin/routes";
import { routes as appointments } from "@/features/appointments/routes";
import { routes as bookingSetup } from "@/features/booking-setup/routes";
import { routes as call } from "@/features/call/routes";
import { routes as operator } from "@/features/operator/routes";
import { routes as rooms } from "@/features/rooms/routes";
import { routes as session } from "@/features/session/routes";
import { routes as setup } from "@/features/setup/routes";
import { PageSpinner } from "@/ui/Spinner";
import { NotFound } from "./NotFound";
import { PublicLayout } from "./PublicLayout";
import type { Route } from "./route";

const StaffLayout = lazy(() => import("./StaffLayout"));
const EntryLayout = lazy(() => import("./EntryLayout"));

/** Every page that is not a citizen's. The lists are tiny; the pages behind them load on demand. */
const routes: readonly Route[] = [
  ...account,
  ...admin,
  ...appointments,
  ...bookingSetup,
  ...call,
  ...operator,
  ...rooms,
  ...session,
  ...setup,
];

export default function StaffRoutes() {
  return (
    <Switch>
      {routes.map((route) => (
        <WouterRoute key={route.path} path={route.path}>
          <Framed route={route} />
        </WouterRoute>
      ))}
      <WouterRoute path="/">
        <Redirect to="/rooms" replace />
      </WouterRoute>
      <WouterRoute>
        <PublicLayout>
          <NotFound />
        </PublicLayout>
      </WouterRoute>
    </Switch>
  );
}

function Framed({ route }: { route: Route }) {
  const Page = route.page;
  const page = (
    <Suspense fallback={<PageSpinner />}>
      <Page />
    </Suspense>
  );
  switch (route.layout) {
    case "citizen":
      return <PublicLayout>{page}</PublicLayout>;
    case "entry":
      return <EntryLayout>{page}</EntryLayout>;
    case "staff":
      return <StaffLayout roles={route.roles}>{page}</StaffLayout>;
    case "call":
      return page;
  }
}
