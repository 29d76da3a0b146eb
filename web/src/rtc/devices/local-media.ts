/** The person's own camera, microphone, speaker choice and screen, for the lobby and the call. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { captureScreen, canShareScreen } from "../screen";
import { cameraConstraints, microphoneConstraints } from "./constraints";
import { LevelMeter } from "./level-meter";
import { listDevices } from "./list";
import { loadPreferences, savePreferences } from "./preferences";
import { captureUnavailable, problemOf } from "./problem";
import { playTestTone } from "./test-tone";
import type {
  DeviceProblem,
  LocalMedia,
  LocalMediaState,
  LocalScreen,
  LocalSource,
  Processing,
  ShareOptions,
} from "./types";

type Kind = "microphone" | "camera";

const CLOSED: LocalSource = Object.freeze({
  wanted: false,
  status: "off",
  problem: null,
  stream: null,
  deviceId: null,
});
const NO_SCREEN: LocalScreen = Object.freeze({ ...CLOSED, audio: false });

/** The person's devices; one for a page, shared by lobby and call. */
export function createLocalMedia(): LocalMedia {
  return new Devices();
}

class Devices implements LocalMedia {
  readonly store: StoreApi<LocalMediaState>;
  /** Changes of one device happen one after the other, or two clicks would open two cameras. */
  readonly #turns: Record<Kind, Promise<void>> = {
    microphone: Promise.resolve(),
    camera: Promise.resolve(),
  };
  readonly #levelListeners = new Set<(level: number, muted: boolean) => void>();
  readonly #onDeviceChange = () => void this.refresh();
  #meter: { meter: LevelMeter; of: MediaStream } | null = null;
  #shares = 0;
  #disposed = false;

  constructor() {
    const { chosen, processing } = loadPreferences();
    this.store = createStore<LocalMediaState>(() => ({
      microphone: CLOSED,
      camera: CLOSED,
      screen: NO_SCREEN,
      microphones: [],
      cameras: [],
      speakers: [],
      chosen,
      processing,
    }));
    navigator.mediaDevices?.addEventListener?.("devicechange", this.#onDeviceChange);
    void this.refresh();
  }

  async open(wanted: { microphone: boolean; camera: boolean }): Promise<void> {
    const state = this.store.getState();
    const both =
      wanted.microphone && wanted.camera && !state.microphone.stream && !state.camera.stream;
    if (!both || captureUnavailable()) {
      await Promise.all([this.setMicrophone(wanted.microphone), this.setCamera(wanted.camera)]);
      return;
    }
    this.#set("microphone", { wanted: true, status: "starting", problem: null });
    this.#set("camera", { wanted: true, status: "starting", problem: null });
    const opening = this.#openBoth();
    this.#turns.microphone = this.#turns.camera = opening;
    await opening;
  }

  setMicrophone(on: boolean): Promise<void> {
    this.#set("microphone", { wanted: on });
    return this.#inTurn("microphone", async () => {
      const { wanted, stream } = this.store.getState().microphone;
      if (stream) this.#enable(stream, wanted);
      else if (wanted) await this.#open("microphone");
    });
  }

  setCamera(on: boolean): Promise<void> {
    this.#set("camera", { wanted: on });
    return this.#inTurn("camera", async () => {
      const { wanted, stream } = this.store.getState().camera;
      if (!wanted) this.#close("camera", null);
      else if (!stream) await this.#open("camera");
    });
  }

  async startScreen(options: ShareOptions = {}): Promise<void> {
    if (!canShareScreen()) {
      const problem = window.isSecureContext ? "unsupported" : "insecure";
      this.store.setState({ screen: { ...NO_SCREEN, problem } });
      return;
    }
    const share = ++this.#shares;
    this.store.setState(({ screen }) => ({
      screen: { ...screen, wanted: true, status: screen.stream ? "on" : "starting", problem: null },
    }));
    let stream: MediaStream;
    try {
      // Nothing may be awaited before this line: the picker needs the click.
      stream = await captureScreen(options);
    } catch (error) {
      if (share !== this.#shares) return;
      const problem = problemOf(error);
      // Closing the picker is an answer, not a failure; a share that runs goes on.
      this.store.setState(({ screen }) => ({
        screen: screen.stream ? { ...screen, problem } : { ...NO_SCREEN, problem },
      }));
      return;
    }
    if (share !== this.#shares || this.#disposed) {
      stop(stream);
      return;
    }
    const former = this.store.getState().screen.stream;
    const [picture] = stream.getVideoTracks();
    // The browser's own "Stop sharing" bar, or the shared window was closed.
    picture?.addEventListener("ended", () => {
      if (this.store.getState().screen.stream === stream) this.stopScreen();
    });
    for (const sound of stream.getAudioTracks()) {
      sound.addEventListener("ended", () => {
        this.store.setState(({ screen }) =>
          screen.stream === stream ? { screen: { ...screen, audio: false } } : {},
        );
      });
    }
    this.store.setState({
      screen: {
        wanted: true,
        status: "on",
        problem: null,
        stream,
        deviceId: picture?.getSettings().deviceId ?? null,
        audio: stream.getAudioTracks().length > 0,
      },
    });
    if (former) stop(former);
  }

  stopScreen(): void {
    this.#shares += 1;
    const { stream } = this.store.getState().screen;
    this.store.setState({ screen: NO_SCREEN });
    if (stream) stop(stream);
  }

  chooseMicrophone(id: string | null): Promise<void> {
    return this.#choose("microphone", id);
  }

  chooseCamera(id: string | null): Promise<void> {
    return this.#choose("camera", id);
  }

  chooseSpeaker(id: string | null): void {
    this.store.setState(({ chosen }) => ({ chosen: { ...chosen, speaker: id } }));
    this.#save();
  }

  async setProcessing(change: Partial<Processing>): Promise<void> {
    this.store.setState(({ processing }) => ({ processing: { ...processing, ...change } }));
    this.#save();
    await this.#inTurn("microphone", async () => {
      if (this.store.getState().microphone.stream) await this.#open("microphone");
    });
  }

  async refresh(): Promise<void> {
    const lists = await listDevices();
    if (!this.#disposed) this.store.setState(lists);
  }

  onLevel(listener: (level: number, muted: boolean) => void): () => void {
    this.#levelListeners.add(listener);
    this.#meterFollow();
    return () => {
      this.#levelListeners.delete(listener);
      this.#meterFollow();
    };
  }

  playTestTone(): Promise<boolean> {
    return playTestTone(this.store.getState().chosen.speaker);
  }

  async close(): Promise<void> {
    this.stopScreen();
    this.#set("microphone", { wanted: false });
    this.#set("camera", { wanted: false });
    await Promise.all([
      this.#inTurn("microphone", async () => {
        if (!this.store.getState().microphone.wanted) this.#close("microphone", null);
      }),
      this.#inTurn("camera", async () => {
        if (!this.store.getState().camera.wanted) this.#close("camera", null);
      }),
    ]);
  }

  dispose(): void {
    this.#disposed = true;
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.#onDeviceChange);
    this.#levelListeners.clear();
    this.stopScreen();
    this.#close("microphone", null);
    this.#close("camera", null);
  }

  /** One question for both devices; when one of them fails, each is tried alone. */
  async #openBoth(): Promise<void> {
    const { chosen, processing } = this.store.getState();
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: microphoneConstraints(chosen.microphone, processing),
        video: cameraConstraints(chosen.camera),
      });
    } catch {
      await this.#open("microphone");
      await this.#open("camera");
      return;
    }
    this.#adopt("microphone", new MediaStream(stream.getAudioTracks()));
    this.#adopt("camera", new MediaStream(stream.getVideoTracks()));
    await this.refresh();
  }

  /** Opens a device, in the place of the present one if there is one. */
  async #open(kind: Kind): Promise<void> {
    const unavailable = captureUnavailable();
    if (unavailable) {
      this.#close(kind, unavailable);
      return;
    }
    const { chosen, processing } = this.store.getState();
    const former = this.store.getState()[kind].stream;
    if (!former) this.#set(kind, { status: "starting", problem: null });
    // Many phones and cameras can be open only once: the former goes first.
    if (former && kind === "camera") stop(former);
    try {
      const stream = await navigator.mediaDevices.getUserMedia(
        kind === "microphone"
          ? { audio: microphoneConstraints(chosen.microphone, processing) }
          : { video: cameraConstraints(chosen.camera) },
      );
      this.#adopt(kind, stream);
      if (former) stop(former);
    } catch (error) {
      // A microphone that runs goes on when another one can't be had.
      if (former && kind === "microphone") this.#set(kind, { problem: problemOf(error) });
      else this.#close(kind, problemOf(error));
    }
    // Only now the browser tells names and ids.
    await this.refresh();
  }

  #adopt(kind: Kind, stream: MediaStream): void {
    const [track] = stream.getTracks();
    const { wanted } = this.store.getState()[kind];
    if (this.#disposed || !track || (!wanted && kind === "camera")) {
      stop(stream);
      if (!this.#disposed) this.#close(kind, null);
      return;
    }
    track.contentHint = kind === "camera" ? "motion" : "speech";
    track.addEventListener("ended", () => {
      if (this.store.getState()[kind].stream === stream) void this.#lost(kind, stream);
    });
    this.#set(kind, {
      stream,
      deviceId: track.getSettings().deviceId ?? null,
      problem: null,
      status: "on",
    });
    if (kind === "microphone") this.#enable(stream, wanted);
  }

  /** Unplugged, or taken away by the system: another device of the kind takes its place. */
  #lost(kind: Kind, stream: MediaStream): Promise<void> {
    return this.#inTurn(kind, async () => {
      const present = this.store.getState()[kind];
      if (present.stream !== stream) return;
      this.#set(kind, { ...CLOSED, wanted: present.wanted });
      this.#meterFollow();
      if (!present.wanted) return;
      await this.#open(kind);
      if (!this.store.getState()[kind].stream) this.#set(kind, { problem: "lost" });
    });
  }

  async #choose(kind: Kind, id: string | null): Promise<void> {
    this.store.setState(({ chosen }) => ({ chosen: { ...chosen, [kind]: id } }));
    this.#save();
    await this.#inTurn(kind, async () => {
      const { stream, deviceId } = this.store.getState()[kind];
      if (stream && (id === null || deviceId !== id)) await this.#open(kind);
    });
  }

  #enable(stream: MediaStream, on: boolean): void {
    for (const track of stream.getTracks()) track.enabled = on;
    this.#set("microphone", { status: on ? "on" : "off", problem: null });
    this.#meterFollow();
  }

  #close(kind: Kind, problem: DeviceProblem | null): void {
    const { stream } = this.store.getState()[kind];
    this.#set(kind, { ...CLOSED, problem });
    if (stream) stop(stream);
    if (kind === "microphone") this.#meterFollow();
  }

  #set(kind: Kind, change: Partial<LocalSource>): void {
    this.store.setState((state) => ({ [kind]: { ...state[kind], ...change } }));
  }

  #save(): void {
    const { chosen, processing } = this.store.getState();
    savePreferences({ chosen, processing });
  }

  /** The meter runs while somebody looks and the microphone is open, on the present track. */
  #meterFollow(): void {
    const { stream } = this.store.getState().microphone;
    const wanted = this.#levelListeners.size > 0 ? stream : null;
    if (this.#meter?.of === wanted) return;
    if (!this.#meter && !wanted) return;
    this.#meter?.meter.stop();
    this.#meter = null;
    const [track] = wanted?.getAudioTracks() ?? [];
    if (!wanted || !track || typeof AudioContext === "undefined") return;
    const meter = new LevelMeter(track, (level) => {
      const muted = this.store.getState().microphone.status !== "on";
      for (const listener of this.#levelListeners) listener(level, muted);
    });
    this.#meter = { meter, of: wanted };
  }

  #inTurn(kind: Kind, change: () => Promise<void>): Promise<void> {
    const next = this.#turns[kind].then(() => (this.#disposed ? undefined : change()));
    this.#turns[kind] = next;
    return next;
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
