/** Soft signals, made rather than loaded: two short sine notes each. */
const NOTES = {
  /** Someone came to the waiting room. */
  waiting: [587.33, 783.99],
  /** You were let in. */
  admitted: [523.25, 659.25],
} as const;

const NOTE_SECONDS = 0.16;
/** Well below a voice. */
const PEAK_GAIN = 0.08;

/** Plays a signal if the browser lets it; it is never the only sign of something. */
export function chime(name: keyof typeof NOTES): void {
  if (typeof AudioContext === "undefined") return;
  const context = new AudioContext();
  const end = () => void context.close();
  NOTES[name].forEach((frequency, index, all) => {
    const start = context.currentTime + index * NOTE_SECONDS;
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.frequency.value = frequency;
    // A slow start and a fading end: no click.
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(PEAK_GAIN, start + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_SECONDS * 1.8);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + NOTE_SECONDS * 2);
    if (index === all.length - 1) oscillator.addEventListener("ended", end);
  });
  // Not allowed to sound before a click on the page: then nothing would ever end it.
  if (context.state === "suspended") setTimeout(end, 1000);
}
