/** Who is shown as speaking: not whoever coughs, and not nobody in a pause for breath. */
import type { ParticipantId, Speaker } from "@/rtc";

/** A change of picture more often than this is restless. */
export const HOLD_MS = 1_500;

export interface ActiveSpeaker {
  id: ParticipantId | null;
  /** When they became it, in milliseconds. */
  since: number;
}

export const NOBODY: ActiveSpeaker = { id: null, since: Number.NEGATIVE_INFINITY };

/** `speakers` is loudest first; `now` in milliseconds of any clock. */
export function nextSpeaker(
  current: ActiveSpeaker,
  speakers: readonly Speaker[],
  present: (id: ParticipantId) => boolean,
  now: number,
): ActiveSpeaker {
  const kept = current.id !== null && present(current.id) ? current : NOBODY;
  const loudest = speakers.find((speaker) => present(speaker.participant))?.participant;
  if (loudest === undefined || loudest === kept.id) return kept;
  if (now - kept.since < HOLD_MS) return kept;
  return { id: loudest, since: now };
}
