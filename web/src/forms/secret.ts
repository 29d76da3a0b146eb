import { useSyncExternalStore } from "react";

/**
 * The secret of a link, which stands behind `#`: there it reaches no server and no log. Empty when
 * the address was cut off.
 */
export function useLinkSecret(): string {
  return useSyncExternalStore(subscribe, () => location.hash.slice(1));
}

function subscribe(listener: () => void) {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
