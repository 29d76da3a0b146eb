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
  if (url.origin !== base || url.pathname === "/sign-in") return home;
  return `${url.pathname}${url.search}`;
}

/** The address of the sign-in page that leads back to `path`. */
export function signInAddress(path: string): string {
  const target = safeReturn(path);
  return target === "/rooms" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(target)}`;
}
