import { useCallback, useEffect, useRef, useState } from "react";
import type { JoinGrant } from "@/api/types";
import { type Call, createCall, createLocalMedia, type LocalMedia } from "@/rtc";
import { forgetPlace, keepPlace, type KeptPlace } from "../model/place";

interface Options {
  /** What the place belongs to: a link's secret or a room's id. */
  subject: string;
  grant: (name: string, resume: string | undefined, signal: AbortSignal) => Promise<JoinGrant>;
  /** From before a reload: the visit goes on at once, without the lobby. */
  kept: KeptPlace | null;
}

export interface Visit {
  local: LocalMedia;
  /** None before the first "Join". */
  call: Call | null;
  join: (name: string) => void;
  /** Takes the former place again if there is one. */
  rejoin: () => void;
}

/** One person's visit to one room: their devices, and the call once they join. */
export function useVisit({ subject, grant, kept }: Options): Visit | null {
  const [local, setLocal] = useState<LocalMedia | null>(null);
  const [call, setCall] = useState<Call | null>(null);
  const grantNow = useRef(grant);
  useEffect(() => {
    grantNow.current = grant;
  });
  const former = useRef<{ name: string; token: string | undefined }>({
    name: kept?.name ?? "",
    token: kept?.token,
  });

  const start = useCallback(
    (devices: LocalMedia, name: string) => {
      former.current = { ...former.current, name };
      const remember = (token: string) => {
        former.current = { name, token };
        const { microphone, camera } = devices.store.getState();
        keepPlace(subject, {
          token,
          name,
          microphone: microphone.wanted,
          camera: camera.wanted,
        });
      };
      const next = createCall({
        local: devices,
        resume: former.current.token,
        grant: (resume, signal) => grantNow.current(name, resume, signal),
        onToken: remember,
      });
      // What was on when the page is reloaded is on again afterwards.
      const unsubscribe = devices.store.subscribe(() => {
        const { token } = former.current;
        if (token && next.store.getState().phase !== "ended") remember(token);
      });
      next.store.subscribe(({ ended }) => {
        if (!ended) return;
        unsubscribe();
        // A place taken over elsewhere belongs to the other tab now; all else is over.
        if (ended.kind !== "replaced") former.current = { name, token: undefined };
        forgetPlace();
      });
      setCall(next);
      next.join();
    },
    [subject],
  );

  const firstPlace = useRef(kept);
  useEffect(() => {
    let devices: LocalMedia | null = null;
    const resumed = firstPlace.current;
    // After this turn: React's strict mode mounts twice, and only the second visit may take the place.
    const timer = setTimeout(() => {
      devices = createLocalMedia();
      setLocal(devices);
      if (!resumed) return;
      void devices.open({ microphone: resumed.microphone, camera: resumed.camera });
      start(devices, resumed.name);
    });
    return () => {
      clearTimeout(timer);
      devices?.dispose();
      setLocal(null);
    };
  }, [start]);

  // A page that goes away for good gives its place free; a reload doesn't run this.
  const latest = useRef<Call | null>(null);
  useEffect(() => {
    latest.current = call;
  }, [call]);
  useEffect(
    () => () => {
      if (latest.current?.store.getState().phase !== "ended") void latest.current?.leave();
    },
    [],
  );

  if (!local) return null;
  return {
    local,
    call,
    join: (name) => start(local, name),
    rejoin: () => start(local, former.current.name),
  };
}
