import { describe, expect, it } from "vitest";
import type { Participant } from "@/rtc";
import { compose, type SceneInput } from "./scene";

function person(id: string, more: Partial<Participant> = {}): Participant {
  return {
    id,
    name: id,
    role: "participant",
    guest: false,
    sources: { microphone: true, camera: true, screen: false, screen_audio: false },
    connected: true,
    joined_at: "2026-11-23T09:00:00Z",
    ...more,
  };
}
const SCREEN = { microphone: true, camera: true, screen: true, screen_audio: false };

function input(people: Participant[], more: Partial<SceneInput> = {}): SceneInput {
  return {
    people,
    you: "me",
    choice: "auto",
    pinned: null,
    activeSpeaker: null,
    showSelf: true,
    page: 0,
    gridCapacity: 9,
    stripCapacity: 4,
    ...more,
  };
}
const me = person("me");
const crowd = (count: number) => Array.from({ length: count }, (_, n) => person(`p${n}`));
const ids = (scene: ReturnType<typeof compose>) => scene.tiles.map((tile) => tile.participant);

describe("compose", () => {
  it("shows you to yourself while you are alone", () => {
    expect(ids(compose(input([me], { showSelf: false })))).toEqual(["me"]);
  });

  it("gives the whole stage to the other of two, with yourself floating", () => {
    const scene = compose(input([me, person("a")]));
    expect(scene.stage).toEqual({ participant: "a", source: "camera" });
    expect(scene.tiles).toEqual([]);
    expect(scene.selfFloats).toBe(true);
  });

  it("puts a few into a grid with yourself last", () => {
    const scene = compose(input([me, person("a"), person("b")]));
    expect(scene.stage).toBeNull();
    expect(ids(scene)).toEqual(["a", "b", "me"]);
    expect(scene.selfFloats).toBe(false);
  });

  it("pages a crowd, never loses anyone, and keeps the interpreter on every page", () => {
    const people = [me, ...crowd(20), person("i", { role: "interpreter" })];
    const seen = new Set<string>();
    const { pages } = compose(input(people, { gridCapacity: 6 }));
    expect(pages).toBe(5);
    for (let page = 0; page < pages; page += 1) {
      const shown = ids(compose(input(people, { gridCapacity: 6, page })));
      expect(shown[0]).toBe("i");
      expect(shown.at(-1)).toBe("me");
      expect(shown.length).toBeLessThanOrEqual(6);
      for (const id of shown) seen.add(id);
    }
    expect(seen.size).toBe(22);
  });

  it("stays on the last page when people leave", () => {
    const scene = compose(input([me, ...crowd(12)], { gridCapacity: 6, page: 9 }));
    expect(scene.page).toBe(2);
    expect(scene.tiles.length).toBeGreaterThan(0);
  });

  it("puts a shared screen on the stage, but never your own", () => {
    const scene = compose(input([me, person("a", { sources: SCREEN }), person("b")]));
    expect(scene.stage).toEqual({ participant: "a", source: "screen" });
    expect(ids(scene)).toEqual(["a", "b"]);
    expect(compose(input([person("me", { sources: SCREEN }), ...crowd(3)])).stage).toBeNull();
  });

  it("lets a pin win, until what is pinned is gone", () => {
    const people = [me, person("a", { sources: SCREEN }), person("b")];
    const pinned = { participant: "b", source: "camera" } as const;
    expect(compose(input(people, { pinned })).stage).toEqual(pinned);
    const gone = { participant: "x", source: "camera" } as const;
    expect(compose(input(people, { pinned: gone })).stage?.source).toBe("screen");
    const ended = { participant: "b", source: "screen" } as const;
    expect(compose(input(people, { pinned: ended })).stage?.participant).toBe("a");
  });

  it("shows in the strip whoever speaks, and the interpreter first", () => {
    const people = [me, ...crowd(8), person("i", { role: "interpreter" })];
    const scene = compose(
      input(people, {
        pinned: { participant: "p0", source: "camera" },
        activeSpeaker: "p7",
        stripCapacity: 3,
      }),
    );
    expect(ids(scene)).toEqual(["i", "p1", "p7"]);
    expect(scene.hidden).toBe(5);
  });

  it("follows the speaker when told to", () => {
    const people = [me, ...crowd(3)];
    const scene = compose(input(people, { choice: "speaker", activeSpeaker: "p2" }));
    expect(scene.stage?.participant).toBe("p2");
    const mine = compose(input(people, { choice: "speaker", activeSpeaker: "me" }));
    expect(mine.stage?.participant).toBe("p0");
  });

  it("copes with no room at all", () => {
    const people = [me, ...crowd(3), person("s", { sources: SCREEN })];
    expect(compose(input(people, { stripCapacity: 0 })).tiles).toEqual([]);
    expect(compose(input(people.slice(0, 4), { gridCapacity: 0 })).tiles.length).toBe(1);
  });
});
