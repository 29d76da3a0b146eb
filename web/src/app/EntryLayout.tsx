import { QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { queryClient } from "@/api/me";
import { PublicLayout } from "./PublicLayout";

/** Sign-in, set-up and account links: the public frame with the staff pages' cache behind it. */
export default function EntryLayout({ children }: { children: ReactNode }) {
  return (
    <QueryClientProvider client={queryClient}>
      <PublicLayout>{children}</PublicLayout>
    </QueryClientProvider>
  );
}
