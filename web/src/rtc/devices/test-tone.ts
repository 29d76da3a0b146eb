/** Two short notes on a chosen speaker. */
import { routeTo } from "../media/audio-sink";

/** E5 and A5, in Hz: high enough for a laptop's speaker. */
const NOTES = [659.26, 880];
const NOTE_S = 0.35;
/** Quiet: it may be a headset. */
const VOLUME = 0.25;

/** False when the browser plays nothing without a click. */
export async function playTestTone(speaker: string | null): Promise<boolean> {
  const element = document.createElement("audio");
  const context = new AudioContext();
  try {
    const out = context.createMediaStreamDestination();
    const gain = context.createGain();
    gain.gain.value = 0;
    gain.connect(out);
    const start = context.currentTime + 0.05;
    NOTES.forEach((frequency, index) => {
      const at = start + index * NOTE_S;
      const note = context.createOscillator();
      note.frequency.value = frequency;
      note.connect(gain);
      note.start(at);
      note.stop(at + NOTE_S);
      // Faded in and out: a hard edge clicks.
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(VOLUME, at + 0.03);
      gain.gain.setValueAtTime(VOLUME, at + NOTE_S - 0.08);
      gain.gain.linearRampToValueAtTime(0, at + NOTE_S);
    });
    element.srcObject = out.stream;
    await routeTo(element, speaker ?? "");
    await context.resume();
    await element.play();
    await new Promise((resolve) => setTimeout(resolve, (NOTES.length * NOTE_S + 0.2) * 1000));
    return true;
  } catch {
    return false;
  } finally {
    element.srcObject = null;
    void context.close().catch(() => undefined);
  }
}
