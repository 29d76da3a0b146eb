/** Signs that the network may have changed, or that time has passed while the page slept. */

/** `navigator.connection` (Network Information API): Chromium only, not in the DOM types. */
interface NetworkInformation extends EventTarget {
  readonly effectiveType?: string;
}

/** Calls `listener` on every sign. Returns the way to stop. */
export function onNetworkHint(listener: () => void): () => void {
  const visible = () => {
    if (document.visibilityState === "visible") listener();
  };
  // A page that comes back from the back/forward cache has lost its connections.
  const shown = (event: PageTransitionEvent) => {
    if (event.persisted) listener();
  };
  const connection = (navigator as Navigator & { connection?: NetworkInformation }).connection;
  window.addEventListener("online", listener);
  window.addEventListener("pageshow", shown);
  document.addEventListener("visibilitychange", visible);
  connection?.addEventListener?.("change", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("pageshow", shown);
    document.removeEventListener("visibilitychange", visible);
    connection?.removeEventListener?.("change", listener);
  };
}
