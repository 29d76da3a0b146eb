/** One-time codes have six digits (RFC 6238 with the common settings). */
const DIGITS = 6;

/** What was typed or pasted, without the spaces that apps show between the digits. */
export function readCode(text: string): string {
  return text.replace(/\D/g, "").slice(0, DIGITS);
}

export function isCode(text: string): boolean {
  return /^\d{6}$/.test(text);
}
