/**
 * Catches slips of the keyboard only; whether an address exists, the mail will show
 * (RFC 5321 allows far more than people use).
 */
export function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text.trim());
}
