/** Who is shown where. Pure: the same people and choices always give the same picture. */
import type { Participant, ParticipantId, VideoSource } from "@/rtc";

export interface TileSpec {
  participant: ParticipantId;
  source: VideoSource;
}

export type LayoutChoice = "auto" | "grid" | "speaker";

export interface SceneInput {
  /** In order of joining; includes yourself. */
  people: readonly Participant[];
  you: ParticipantId | null;
  choice: LayoutChoice;
  pinned: TileSpec | null;
  activeSpeaker: ParticipantId | null;
  showSelf: boolean;
  page: number;
  /** How many tiles fit into the grid. */
  gridCapacity: number;
  /** How many tiles fit beside the stage. */
  stripCapacity: number;
}

export interface Scene {
  /** The large picture; the grid is shown when there is none. */
  stage: TileSpec | null;
  /** The grid's page, or the strip beside the stage. */
  tiles: readonly TileSpec[];
  page: number;
  pages: number;
  /** How many people have no tile beside the stage. */
  hidden: number;
  /** Your own picture floats above the others. */
  selfFloats: boolean;
}

export function sameTile(a: TileSpec | null, b: TileSpec | null): boolean {
  return a?.participant === b?.participant && a?.source === b?.source;
}

/** Screens that others share, newest joiner last. Your own would show itself in itself. */
export function sharedScreens(
  people: readonly Participant[],
  you: ParticipantId | null,
): readonly TileSpec[] {
  return people
    .filter((person) => person.sources.screen && person.id !== you)
    .map((person) => ({ participant: person.id, source: "screen" }));
}

export function compose(input: SceneInput): Scene {
  const stage = chooseStage(input);
  return stage ? withStage(input, stage) : asGrid(input);
}

function chooseStage({ people, you, choice, pinned, activeSpeaker }: SceneInput): TileSpec | null {
  const shares = sharedScreens(people, you);
  if (pinned) {
    const person = people.find((one) => one.id === pinned.participant);
    // A pinned screen that is no longer shared gives way; a pinned person stays without a camera.
    if (person && (pinned.source === "camera" || person.sources.screen)) return pinned;
  }
  const share = shares.at(-1);
  if (share) return share;
  const others = people.filter((person) => person.id !== you);
  const [only] = others;
  if (only && others.length === 1 && choice !== "grid") {
    return { participant: only.id, source: "camera" };
  }
  if (choice === "speaker") {
    const speaker = others.find((person) => person.id === activeSpeaker) ?? only;
    if (speaker) return { participant: speaker.id, source: "camera" };
  }
  return null;
}

function withStage(input: SceneInput, stage: TileSpec): Scene {
  const { people, you, activeSpeaker, showSelf } = input;
  const capacity = Math.max(0, input.stripCapacity);
  const shares = sharedScreens(people, you).filter((share) => !sameTile(share, stage));
  const cameras = interpretersFirst(people.filter((person) => person.id !== you))
    .map(camera)
    .filter((tile) => !sameTile(tile, stage));
  const all = [...shares, ...cameras];
  const tiles = all.slice(0, capacity);
  // Whoever speaks is seen: in the last place, so that the others stay where they are.
  const speaking = all.find((tile) => tile.participant === activeSpeaker);
  if (speaking && capacity > 0 && !tiles.includes(speaking)) tiles[tiles.length - 1] = speaking;
  return {
    stage,
    tiles,
    page: 0,
    pages: 1,
    hidden: all.length - tiles.length,
    selfFloats: showSelf && stage.participant !== you,
  };
}

function asGrid({ people, you, showSelf, page, gridCapacity }: SceneInput): Scene {
  const capacity = Math.max(1, gridCapacity);
  const self = people.filter((person) => person.id === you);
  const others = interpretersFirst(people.filter((person) => person.id !== you));
  // Alone, one's own picture is all there is.
  const withSelf = showSelf || others.length === 0 ? [...others, ...self] : others;
  if (withSelf.length <= capacity) {
    return {
      stage: null,
      tiles: withSelf.map(camera),
      page: 0,
      pages: 1,
      hidden: 0,
      selfFloats: false,
    };
  }
  // The interpreter's seat is on every page, and so are you.
  const own = showSelf && capacity > 2 ? self : [];
  const fixed = others
    .filter((person) => person.role === "interpreter")
    .slice(0, capacity - own.length - 1);
  const rest = others.filter((person) => !fixed.includes(person));
  const perPage = Math.max(1, capacity - fixed.length - own.length);
  const pages = Math.max(1, Math.ceil(rest.length / perPage));
  const shown = Math.min(Math.max(0, page), pages - 1);
  const tiles = [...fixed, ...rest.slice(shown * perPage, (shown + 1) * perPage), ...own];
  return {
    stage: null,
    tiles: tiles.map(camera),
    page: shown,
    pages,
    hidden: 0,
    selfFloats: false,
  };
}

function interpretersFirst(people: readonly Participant[]): readonly Participant[] {
  const rank = (person: Participant) => (person.role === "interpreter" ? 0 : 1);
  return [...people].sort((a, b) => rank(a) - rank(b));
}

function camera(person: Participant): TileSpec {
  return { participant: person.id, source: "camera" };
}
