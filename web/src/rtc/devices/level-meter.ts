/** How loud a microphone is, for a meter. */

/** Twenty times a second: smooth enough for a bar, cheap enough for a phone. */
const EVERY_MS = 50;
/** Below this a meter shows nothing: the noise of a quiet room, in dBFS. */
const FLOOR_DB = -60;
/** Loud speech close to the microphone, in dBFS. */
const CEILING_DB = -12;

export class LevelMeter {
  readonly #context: AudioContext;
  readonly #timer: ReturnType<typeof setInterval>;
  /** A copy that stays open while the original is muted. */
  readonly #track: MediaStreamTrack;

  /** `listener` gets 0 to 1. */
  constructor(track: MediaStreamTrack, listener: (level: number) => void) {
    this.#track = track.clone();
    this.#track.enabled = true;
    this.#context = new AudioContext();
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 2048;
    this.#context.createMediaStreamSource(new MediaStream([this.#track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      // Without a click before, a context may sleep; it wakes as soon as it is allowed to.
      if (this.#context.state === "suspended") void this.#context.resume().catch(() => undefined);
      analyser.getFloatTimeDomainData(samples);
      listener(levelOf(samples));
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#track.stop();
    void this.#context.close().catch(() => undefined);
  }
}

/** Root mean square on a scale of decibels, as ears hear: 0 for silence, 1 for loud speech. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(samples.length, 1));
  if (!(rms > 0)) return 0;
  const db = 20 * Math.log10(rms);
  return Math.min(Math.max((db - FLOOR_DB) / (CEILING_DB - FLOOR_DB), 0), 1);
}
