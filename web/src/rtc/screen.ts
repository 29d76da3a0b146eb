/** Sharing a screen, a window or a tab. */
import type { ShareOptions } from "./devices/types";

/** Options of the screen-capture draft that the DOM types don't have yet. */
interface DisplayOptions extends DisplayMediaStreamOptions {
  systemAudio?: "include" | "exclude";
  surfaceSwitching?: "include" | "exclude";
  selfBrowserSurface?: "include" | "exclude";
}

/** Whether this browser can share a screen (phones mostly can't). */
export function canShareScreen(): boolean {
  return window.isSecureContext && typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

/** Shows the browser's picker; rejects with the browser's error. */
export async function captureScreen(options: ShareOptions = {}): Promise<MediaStream> {
  const content = options.content ?? "text";
  const request: DisplayOptions = {
    video: {
      // Text stays readable at this size; a larger one is too much for the encoder of an office PC
      // and for a line that carries a camera as well.
      width: { max: 1920 },
      height: { max: 1080 },
      frameRate: content === "motion" ? { ideal: 30, max: 30 } : { ideal: 15, max: 30 },
    },
    // What a tab plays is not a voice: nothing may be filtered out of it.
    audio:
      options.audio === false
        ? false
        : { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    systemAudio: "include",
    surfaceSwitching: "include",
    // Sharing the call's own tab gives a hall of mirrors.
    selfBrowserSurface: "exclude",
  };
  const stream = await navigator.mediaDevices.getDisplayMedia(request);
  const [picture] = stream.getVideoTracks();
  if (picture) picture.contentHint = content === "motion" ? "motion" : "detail";
  for (const sound of stream.getAudioTracks()) sound.contentHint = "music";
  return stream;
}
