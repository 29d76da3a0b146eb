/** Signs that appointment codes are made of; none that is taken for another. */
export const CODE_SIGNS = "34679CDFHJKMNPRTVWX";
const LENGTH = 8;

/** What was typed, in capitals and without anything that no code has. */
export function readCode(text: string): string {
  return [...text.toUpperCase()]
    .filter((sign) => CODE_SIGNS.includes(sign))
    .join("")
    .slice(0, LENGTH);
}

/** `K7M4-XRTP`, as far as it was typed. */
export function showCode(code: string): string {
  return code.length > LENGTH / 2 ? `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}` : code;
}

export function isWhole(code: string): boolean {
  return code.length === LENGTH;
}
