/** What the UI sees of the person's own camera, microphone, speaker and screen. */
import type { StoreApi } from "zustand/vanilla";

/** Why a device could not be had. Each has its own plain sentence in the UI. */
export type DeviceProblem =
  /** The person, a policy or the operating system said no. */
  | "denied"
  /** The person closed the browser's question without an answer (screen picker too). */
  | "dismissed"
  /** No such device is plugged in. */
  | "none"
  /** Another program holds it, or the hardware failed. */
  | "in_use"
  /** The page is not served over https. */
  | "insecure"
  /** The browser lacks the function (screen share on most phones). */
  | "unsupported"
  /** The device can't do what was asked, even loosely. */
  | "overconstrained"
  /** It was unplugged or the system took it away while in use, and nothing else could replace it. */
  | "lost"
  /** None of the above. */
  | "failed";

export interface Device {
  /** `deviceId`; empty strings never appear here. */
  id: string;
  /** Empty until the browser has given permission: show "Camera 1" then. */
  label: string;
}

export interface LocalSource {
  /** What the person asked for. Stays true while a device is being opened. */
  wanted: boolean;
  /** `on`: pictures or sound flow. A muted microphone is `off`. */
  status: "off" | "starting" | "on";
  /** Why it is not on although it is wanted, or why it went off by itself. */
  problem: DeviceProblem | null;
  /**
   * For a preview (`muted`!). A new object when the device is switched, null when it is closed; a
   * muted microphone stays open.
   */
  stream: MediaStream | null;
  /** Id of the device in use; null when closed. */
  deviceId: string | null;
}

export interface LocalScreen extends LocalSource {
  /** Whether sound is shared with the picture. */
  audio: boolean;
}

/** Microphone processing in the browser. All on at first. */
export interface Processing {
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
}

export interface LocalMediaState {
  microphone: LocalSource;
  camera: LocalSource;
  screen: LocalScreen;
  microphones: readonly Device[];
  cameras: readonly Device[];
  /** Empty where the browser can't choose (Safari): hide the choice then. */
  speakers: readonly Device[];
  /** The remembered choices; null is the system's default. */
  chosen: { microphone: string | null; camera: string | null; speaker: string | null };
  processing: Processing;
}

/** How a screen is shared. */
export interface ShareOptions {
  /** Ask for the tab's or system's sound too; the person still decides. Default true. */
  audio?: boolean;
  /** `text`: sharp, fewer pictures. `motion`: fluent, for films. Default `text`. */
  content?: "text" | "motion";
}

export interface LocalMedia {
  readonly store: StoreApi<LocalMediaState>;
  /**
   * Opens or mutes the microphone. Off keeps the device open but silent, so that on is instant.
   * Never rejects: the outcome is in the store (`status`, `problem`).
   */
  setMicrophone(on: boolean): Promise<void>;
  /** Opens the camera, or closes it so that its light goes out. Never rejects. */
  setCamera(on: boolean): Promise<void>;
  /** Both in one permission question where both are wanted (lobby). Never rejects. */
  open(wanted: { microphone: boolean; camera: boolean }): Promise<void>;
  /** Shows the browser's picker. Call it straight from a click. Never rejects. */
  startScreen(options?: ShareOptions): Promise<void>;
  stopScreen(): void;
  /** Remembered for the next visit; null is the system's default. Switches at once if in use. */
  chooseMicrophone(id: string | null): Promise<void>;
  chooseCamera(id: string | null): Promise<void>;
  chooseSpeaker(id: string | null): void;
  setProcessing(processing: Partial<Processing>): Promise<void>;
  /** Lists devices again (happens by itself on `devicechange` and after permission). */
  refresh(): Promise<void>;
  /**
   * Level of the microphone, 0 to 1, about 20 times a second while it is open, also while muted
   * (then `muted` is true: "you are muted" hints). Returns the way to stop.
   */
  onLevel(listener: (level: number, muted: boolean) => void): () => void;
  /** Two short notes on the chosen speaker. Resolves when played; false if the browser refused. */
  playTestTone(): Promise<boolean>;
  /** Closes every device: lights go out. They can be opened again. */
  close(): Promise<void>;
  /** Like `close`, and the object is not usable afterwards. */
  dispose(): void;
}
