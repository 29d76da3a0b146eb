/** Finds web addresses in what people wrote. */

export interface Part {
  text: string;
  /** Only ever http or https. */
  href?: string;
}

/** Up to white space; punctuation at the end belongs to the sentence. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"]+/gi;
const TRAILING = /[.,;:!?)\]}'”»]+$/;

export function linkify(text: string): readonly Part[] {
  const parts: Part[] = [];
  let rest = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    if (!URL.canParse(address)) continue;
    if (match.index > rest) parts.push({ text: text.slice(rest, match.index) });
    parts.push({ text: address, href: address });
    rest = match.index + address.length;
  }
  if (rest < text.length) parts.push({ text: text.slice(rest) });
  return parts;
}
