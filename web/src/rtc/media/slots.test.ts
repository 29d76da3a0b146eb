import { describe, expect, it } from "vitest";

import type { SlotFeed } from "../wire";
import { Slots } from "./slots";

class FakeStream {
  readonly tracks = new Set<MediaStreamTrack>();
  getTracks() {
    return [...this.tracks];
  }
  addTrack(track: MediaStreamTrack) {
    this.tracks.add(track);
  }
  removeTrack(track: MediaStreamTrack) {
    this.tracks.delete(track);
  }
}

function session(name: string) {
  const tracks = new Map<string, MediaStreamTrack>();
  return (mid: string) => {
    const track = tracks.get(mid) ?? ({ id: `${name}-${mid}` } as MediaStreamTrack);
    tracks.set(mid, track);
    return track;
  };
}

const slots = () => new Slots(() => new FakeStream() as unknown as MediaStream);
const feed = (mid: string, participant: string, layer: number | null = 0): SlotFeed => ({
  mid,
  participant,
  source: "camera",
  layer,
});
const ids = (stream: MediaStream | undefined) => stream?.getTracks().map((track) => track.id);

describe("slots", () => {
  it("give each picture its own stream", () => {
    const videos = slots().apply([feed("5", "anna"), feed("6", "jan", null)], session("a"));
    expect([...videos.keys()]).toEqual(["anna/camera", "jan/camera"]);
    expect(ids(videos.get("anna/camera")?.stream)).toEqual(["a-5"]);
    expect(videos.get("jan/camera")?.layer).toBeNull();
  });

  it("keep the stream when the picture moves to another slot", () => {
    const all = slots();
    const trackOf = session("a");
    const before = all.apply([feed("5", "anna")], trackOf).get("anna/camera");
    const after = all.apply([feed("6", "anna")], trackOf).get("anna/camera");
    expect(after?.stream).toBe(before?.stream);
    expect(ids(after?.stream)).toEqual(["a-6"]);
  });

  it("never leave a track in two streams when pictures swap slots", () => {
    const all = slots();
    const trackOf = session("a");
    all.apply([feed("5", "anna"), feed("6", "jan")], trackOf);
    const videos = all.apply([feed("5", "jan"), feed("6", "anna")], trackOf);
    expect(ids(videos.get("anna/camera")?.stream)).toEqual(["a-6"]);
    expect(ids(videos.get("jan/camera")?.stream)).toEqual(["a-5"]);
  });

  it("survive a new session with the same streams", () => {
    const all = slots();
    const before = all.apply([feed("5", "anna")], session("a")).get("anna/camera");
    const after = all.apply([feed("5", "anna")], session("b")).get("anna/camera");
    expect(after?.stream).toBe(before?.stream);
    expect(ids(after?.stream)).toEqual(["b-5"]);
  });

  it("empty the stream of a picture that is gone, and begin another when it is back", () => {
    const all = slots();
    const trackOf = session("a");
    const stream = all.apply([feed("5", "anna")], trackOf).get("anna/camera")?.stream;
    expect(all.apply([], trackOf).size).toBe(0);
    expect(ids(stream)).toEqual([]);
    const back = all.apply([feed("7", "anna")], trackOf).get("anna/camera");
    expect(back?.stream).not.toBe(stream);
    expect(ids(back?.stream)).toEqual(["a-7"]);
  });

  it("never leave a stream that goes on without a track, which would end it", () => {
    let fewest = Infinity;
    class Watched extends FakeStream {
      override removeTrack(track: MediaStreamTrack) {
        super.removeTrack(track);
        fewest = Math.min(fewest, this.tracks.size);
      }
    }
    const all = new Slots(() => new Watched() as unknown as MediaStream);
    const trackOf = session("a");
    all.apply([feed("5", "anna"), feed("6", "jan")], trackOf);
    all.apply([feed("6", "anna"), feed("5", "jan")], trackOf);
    expect(fewest).toBe(1);
  });

  it("keep what a new session hasn't named yet, until it has settled", () => {
    const all = slots();
    const before = all.apply([feed("5", "anna"), feed("6", "jan")], session("a"));
    const next = session("b");
    const early = all.apply([feed("5", "jan")], next, true);
    expect(early.get("anna/camera")).toBe(before.get("anna/camera"));
    expect(ids(early.get("jan/camera")?.stream)).toEqual(["b-5"]);
    const settled = all.apply([feed("5", "jan")], next);
    expect([...settled.keys()]).toEqual(["jan/camera"]);
    expect(ids(before.get("anna/camera")?.stream)).toEqual([]);
  });

  it("change the entry only when there is something new in it", () => {
    const all = slots();
    const trackOf = session("a");
    const before = all.apply([feed("5", "anna", 0)], trackOf).get("anna/camera");
    expect(all.apply([feed("5", "anna", 0)], trackOf).get("anna/camera")).toBe(before);
    const larger = all.apply([feed("5", "anna", 2)], trackOf).get("anna/camera");
    expect(larger).toMatchObject({ layer: 2, stream: before?.stream });
  });

  it("list sound, but make no picture of it", () => {
    const all = slots();
    const sound: SlotFeed = { mid: "4", participant: "anna", source: "microphone" };
    expect(all.apply([sound], session("a")).size).toBe(0);
    expect(all.feeds.get("4")).toEqual({ participant: "anna", source: "microphone", layer: null });
  });

  it("leave out a slot that this session doesn't have", () => {
    expect(slots().apply([feed("99", "anna")], () => undefined).size).toBe(0);
  });
});
