import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useLocation } from "wouter";
import { ME_KEY } from "@/api/me";
import type { Me } from "@/api/types";

/** Goes to `path` as the person who just signed in. Nothing of a former person's cache is kept. */
export function useEnter(): (me: Me, path: string) => void {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  return useCallback(
    (me, path) => {
      client.clear();
      client.setQueryData(ME_KEY, me);
      navigate(path, { replace: true });
    },
    [client, navigate],
  );
}
