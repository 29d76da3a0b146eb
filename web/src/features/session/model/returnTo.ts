/**
 * Where to go after signing in. The address comes from the page's own query string, which anyone
 * can write: only a path of this site is followed.
 */
export function safeReturn(wanted: string | null): string {
  const home = "/rooms";
  if (!wanted || !wanted.startsWith("/")) return home;
  const base = "https://here.invalid";
  if (!URL.canParse(wanted, base)) return home;
  const url = new URL(wanted, base);
  if (url.origin !== base || url.pathname === "/sign-in" || url.pathname === "/") return home;
  return `${url.pathname}${url.search}`;
}

/** The address of the sign-in page that leads back to `path`; `expired` when one was signed in. */
export function signInAddress(path: string, expired = false): string {
  const target = safeReturn(path);
  const query = new URLSearchParams();
  if (target !== "/rooms") query.set("next", target);
  if (expired) query.set("why", "expired");
  return query.size > 0 ? `/sign-in?${query.toString()}` : "/sign-in";
}
