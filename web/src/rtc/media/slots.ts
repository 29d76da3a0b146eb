/** Which picture stands in which slot, as streams that stay the same object for the UI. */
import { videoKey, type RemoteVideo, type VideoKey } from "../call-types";
import type { ParticipantId, SlotFeed, Source } from "../wire";
import { isVideo } from "./encodings";

export interface Feed {
  participant: ParticipantId;
  source: Source;
  layer: number | null;
}

/**
 * Holds one `MediaStream` per picture. The track in it is swapped when the picture moves to another
 * slot or to a new session; an element that plays the stream goes on playing. A track that moves to
 * another picture leaves the old stream, so that nobody's last frame shows under another name.
 */
export class Slots {
  readonly #newStream: () => MediaStream;
  readonly #streams = new Map<VideoKey, MediaStream>();
  #feeds = new Map<string, Feed>();
  #videos: ReadonlyMap<VideoKey, RemoteVideo> = new Map();

  constructor(newStream: () => MediaStream = () => new MediaStream()) {
    this.#newStream = newStream;
  }

  get videos(): ReadonlyMap<VideoKey, RemoteVideo> {
    return this.#videos;
  }

  /** What feeds each slot now, by mid. */
  get feeds(): ReadonlyMap<string, Feed> {
    return this.#feeds;
  }

  /**
   * The node's list is complete. `trackOf` gives the receiving track of a mid. With `keepMissing`,
   * pictures that are not in the list stay as they are: a new session's first lists come before
   * the node knows what is shown, and a tile must not flicker for that.
   */
  apply(
    slots: readonly SlotFeed[],
    trackOf: (mid: string) => MediaStreamTrack | undefined,
    keepMissing = false,
  ): ReadonlyMap<VideoKey, RemoteVideo> {
    const feeds = new Map<string, Feed>();
    const wanted = new Map<VideoKey, { feed: Feed; track: MediaStreamTrack }>();
    for (const slot of slots) {
      const feed = {
        participant: slot.participant,
        source: slot.source,
        layer: slot.layer ?? null,
      };
      feeds.set(slot.mid, feed);
      const track = trackOf(slot.mid);
      if (track && isVideo(slot.source)) {
        wanted.set(videoKey(slot.participant, slot.source), { feed, track });
      }
    }
    this.#feeds = feeds;

    const videos = new Map<VideoKey, RemoteVideo>(keepMissing ? this.#videos : []);
    for (const [key, { feed, track }] of wanted) {
      if (!isVideo(feed.source)) continue;
      const stream = this.#streams.get(key) ?? this.#newStream();
      this.#streams.set(key, stream);
      // The new one first: a stream without any track ends, and the element that plays it stops.
      if (!stream.getTracks().includes(track)) stream.addTrack(track);
      for (const other of stream.getTracks()) if (other !== track) stream.removeTrack(other);
      const former = this.#videos.get(key);
      videos.set(
        key,
        former?.layer === feed.layer
          ? former
          : {
              key,
              participant: feed.participant,
              source: feed.source,
              stream,
              layer: feed.layer,
            },
      );
    }
    for (const [key, stream] of this.#streams) {
      if (videos.has(key)) continue;
      // Ended for good: the picture gets a new stream when it comes back.
      for (const track of stream.getTracks()) stream.removeTrack(track);
      this.#streams.delete(key);
    }
    this.#videos = videos;
    return videos;
  }

  /** The call is over. */
  clear(): void {
    for (const stream of this.#streams.values()) {
      for (const track of stream.getTracks()) stream.removeTrack(track);
    }
    this.#streams.clear();
    this.#feeds = new Map();
    this.#videos = new Map();
  }
}
