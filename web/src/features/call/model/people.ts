import type { Participant, ParticipantId, RoomRole } from "@/rtc";

export function moderates(role: RoomRole | undefined): boolean {
  return role === "host" || role === "co_host";
}

/** One or two letters for a picture without a picture. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s-]+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => (word ? String.fromCodePoint(word.codePointAt(0) ?? 0x3f) : ""))
    .join("");
  return letters.toLocaleUpperCase() || "?";
}

const HUES = 12;

/** The same colour for the same person, always. In degrees. */
export function hueOf(id: ParticipantId): number {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return (hash % HUES) * (360 / HUES);
}

/** Ids of raised hands, first come first. */
export function handQueue(people: Iterable<Participant>): readonly ParticipantId[] {
  return [...people]
    .flatMap((person) =>
      person.hand_raised_at ? [{ id: person.id, at: person.hand_raised_at }] : [],
    )
    .sort((a, b) => a.at.localeCompare(b.at))
    .map((hand) => hand.id);
}

const RANK: Record<RoomRole, number> = { host: 0, co_host: 1, interpreter: 2, participant: 3 };

/** For the list of people: raised hands, then those who run the meeting, then by name. */
export function listed(people: Iterable<Participant>, language: string): readonly Participant[] {
  const all = [...people];
  const hands = handQueue(all);
  const place = (person: Participant) => {
    const index = hands.indexOf(person.id);
    return index === -1 ? hands.length : index;
  };
  const compare = new Intl.Collator(language).compare;
  return all.sort(
    (a, b) => place(a) - place(b) || RANK[a.role] - RANK[b.role] || compare(a.name, b.name),
  );
}
