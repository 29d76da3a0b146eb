/** The rules for passwords in plain words, checked while one types. The server has the last word. */

/** Shortest password, in characters (NIST SP 800-63B-4, section 3.1.1.2, asks for 8 to 15). */
export const PASSWORD_MIN = 12;

export type PasswordRule = "length" | "varied" | "personal";
export const PASSWORD_RULES: readonly PasswordRule[] = ["length", "varied", "personal"];

/** Sequences that people type with one finger; four in a row are no secret. */
const ROWS = ["abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
const SEQUENCE = 4;

/** Which rules a password doesn't meet yet. `personal` are the person's name and address. */
export function unmetRules(password: string, personal: readonly string[]): Set<PasswordRule> {
  const unmet = new Set<PasswordRule>();
  if ([...password].length < PASSWORD_MIN) unmet.add("length");
  if (!isVaried(password)) unmet.add("varied");
  if (password === "" || containsAny(password, personal)) unmet.add("personal");
  return unmet;
}

/** Half of it at least must be more than repetition and sequences. */
function isVaried(password: string): boolean {
  const lower = [...password.toLowerCase()];
  if (new Set(lower).size < 5) return false;
  const predictable = lower.filter((_, index) => endsSequence(lower, index)).length;
  return predictable * 2 <= lower.length;
}

/** Whether the character at `index` goes on with a sequence or a repetition. */
function endsSequence(characters: readonly string[], index: number): boolean {
  if (index < SEQUENCE - 1) return false;
  const run = characters.slice(index - SEQUENCE + 1, index + 1).join("");
  if (new Set(run).size === 1) return true;
  const back = [...run].reverse().join("");
  return ROWS.some((row) => row.includes(run) || row.includes(back));
}

function containsAny(password: string, personal: readonly string[]): boolean {
  const lower = password.toLowerCase();
  return personal
    .flatMap((text) => text.toLowerCase().split(/[\s@._-]+/))
    .some((part) => part.length >= 4 && lower.includes(part));
}

/** Why a password can't be sent, or null. */
export function passwordFault(
  password: string,
  personal: readonly string[],
): "missing" | "too_short" | "weak" | null {
  if (password === "") return "missing";
  const unmet = unmetRules(password, personal);
  if (unmet.has("length")) return "too_short";
  return unmet.size > 0 ? "weak" : null;
}
