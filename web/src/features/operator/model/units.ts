/** Cuts numbers to a size that people read. */

export type BitrateUnit = "bit" | "kilobit" | "megabit" | "gigabit";

const STEPS: readonly [number, BitrateUnit][] = [
  [1e9, "gigabit"],
  [1e6, "megabit"],
  [1e3, "kilobit"],
];

/** Of bits per second: the value, and its unit as ECMA-402 names it (without `-per-second`). */
export function bitrate(bitsPerSecond: number): { value: number; unit: BitrateUnit } {
  for (const [size, unit] of STEPS) {
    if (bitsPerSecond >= size) return { value: bitsPerSecond / size, unit };
  }
  return { value: bitsPerSecond, unit: "bit" };
}

export interface Duration {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

export function duration(totalSeconds: number): Duration {
  const whole = Math.max(0, Math.floor(totalSeconds));
  return {
    days: Math.floor(whole / 86_400),
    hours: Math.floor(whole / 3600) % 24,
    minutes: Math.floor(whole / 60) % 60,
    seconds: whole % 60,
  };
}
