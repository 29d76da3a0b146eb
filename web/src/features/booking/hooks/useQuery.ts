import { useCallback } from "react";
import { useLocation, useSearch } from "wouter";

type Change = Readonly<Record<string, string | null>>;

/** What stands between `?` and `#`; a change leaves the secret behind `#` where it is. */
export function useQuery(): {
  params: URLSearchParams;
  set: (change: Change, options?: { replace?: boolean }) => void;
} {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const set = useCallback(
    (change: Change, options?: { replace?: boolean }) => {
      const params = new URLSearchParams(search);
      for (const [name, value] of Object.entries(change)) {
        if (value === null) params.delete(name);
        else params.set(name, value);
      }
      const query = params.toString();
      navigate(`${path}${query ? `?${query}` : ""}${location.hash}`, options);
    },
    [search, path, navigate],
  );
  return { params: new URLSearchParams(search), set };
}
