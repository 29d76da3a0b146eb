import { type ReactNode, useEffect, useMemo, useState } from "react";
import type { StoreApi } from "zustand/vanilla";
import type { Call } from "@/rtc";
import { CallContext, type Ui } from "../CallContext";
import { createAnnouncer } from "../model/announcer";

/** Gives the call to everything inside, with a place where a screen reader hears about it. */
export function Live({
  call,
  ui,
  children,
}: {
  call: Call;
  ui: StoreApi<Ui>;
  children: ReactNode;
}) {
  const [text, setText] = useState("");
  const announcer = useMemo(() => createAnnouncer(setText), []);
  useEffect(() => () => announcer.stop(), [announcer]);
  const tools = useMemo(() => ({ call, ui, announcer }), [call, ui, announcer]);
  return (
    <CallContext value={tools}>
      {children}
      <p className="visually-hidden" aria-live="polite" data-testid="announcements">
        {text}
      </p>
    </CallContext>
  );
}
