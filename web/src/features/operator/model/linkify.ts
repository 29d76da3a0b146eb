/** A mail's text, cut into plain parts and web addresses, so that the latter can be followed. */
export type TextPart = { kind: "text"; text: string } | { kind: "link"; href: string };

/** Only http(s): a `javascript:` address in a mail must never become a link. */
const ADDRESS = /https?:\/\/[^\s<>"']+/g;
/** A sentence's own punctuation after an address isn't part of it. */
const TRAILING = /[.,;:!?)\]}]+$/;

export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const href = match[0].replace(TRAILING, "");
    if (!URL.canParse(href)) continue;
    if (match.index > from) parts.push({ kind: "text", text: text.slice(from, match.index) });
    parts.push({ kind: "link", href });
    from = match.index + href.length;
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}
