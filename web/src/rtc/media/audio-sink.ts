/**
 * Plays what the audio slots receive. Elements, not Web Audio: only elements can choose a speaker in
 * every browser, and only their sound is cancelled as an echo everywhere.
 */
export class AudioSink {
  readonly #elements: HTMLAudioElement[] = [];
  readonly #onBlocked: (blocked: boolean) => void;
  #speaker = "";

  constructor(onBlocked: (blocked: boolean) => void) {
    this.#onBlocked = onBlocked;
  }

  /** One track for each slot; replaces those of a former session. */
  play(tracks: readonly MediaStreamTrack[]): void {
    tracks.forEach((track, index) => {
      const element = this.#element(index);
      element.srcObject = new MediaStream([track]);
    });
    void this.resume();
  }

  /** Tries again, from a click. */
  async resume(): Promise<void> {
    const results = await Promise.allSettled(
      this.#elements.filter((element) => element.srcObject).map((element) => element.play()),
    );
    const blocked = results.some(
      (result) =>
        result.status === "rejected" &&
        result.reason instanceof DOMException &&
        result.reason.name === "NotAllowedError",
    );
    this.#onBlocked(blocked);
  }

  /** `null` is the system's default, which is also used when the chosen one is gone. */
  async setSpeaker(id: string | null): Promise<void> {
    this.#speaker = id ?? "";
    await Promise.all(this.#elements.map((element) => routeTo(element, this.#speaker)));
  }

  stop(): void {
    for (const element of this.#elements) {
      element.pause();
      element.srcObject = null;
      element.remove();
    }
    this.#elements.length = 0;
  }

  #element(index: number): HTMLAudioElement {
    const known = this.#elements[index];
    if (known) return known;
    const element = document.createElement("audio");
    element.autoplay = true;
    element.hidden = true;
    element.dataset["szpon"] = "slot";
    // Safari only plays what is in the document.
    document.body.append(element);
    void routeTo(element, this.#speaker);
    this.#elements[index] = element;
    return element;
  }
}

/** Chooses the speaker, or the default one when that can't be had. */
export async function routeTo(element: HTMLAudioElement, id: string): Promise<void> {
  if (!("setSinkId" in element) || element.sinkId === id) return;
  try {
    await element.setSinkId(id);
  } catch {
    if (id !== "") await element.setSinkId("").catch(() => undefined);
  }
}
