import { lazy } from "react";
import type { Route } from "@/app/route";

export const routes: readonly Route[] = [
  {
    path: "/sign-in",
    layout: "entry",
    page: lazy(() => import("./components/SignInPage")),
  },
  {
    path: "/forgot-password",
    layout: "entry",
    page: lazy(() => import("./components/ForgotPasswordPage")),
  },
];
