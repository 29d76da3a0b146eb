import { expect, it } from "vitest";

import type { LocalMediaState, LocalSource } from "./devices/types";
import { ownSources, ownTracks } from "./own-sources";
import { NO_SOURCES, type Source } from "./wire";

const ALL = { microphone: true, camera: true, screen: true, screen_audio: true };
const NONE = new Set<Source>();

function stream(name: string): MediaStream {
  return {
    getAudioTracks: () => [`${name} sound`],
    getVideoTracks: () => [`${name} picture`],
  } as unknown as MediaStream;
}

function source(on: boolean, name: string): LocalSource {
  return {
    wanted: on,
    status: on ? "on" : "off",
    problem: null,
    stream: on ? stream(name) : null,
    deviceId: null,
  };
}

function local(on: Partial<typeof ALL>): LocalMediaState {
  return {
    microphone: source(on.microphone ?? false, "mic"),
    camera: source(on.camera ?? false, "cam"),
    screen: { ...source(on.screen ?? false, "screen"), audio: on.screen_audio ?? false },
    microphones: [],
    cameras: [],
    speakers: [],
    chosen: { microphone: null, camera: null, speaker: null },
    processing: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  };
}

it("sends what is open, allowed and not taken", () => {
  expect(ownSources(local(ALL), ALL, NONE)).toEqual(ALL);
  expect(ownSources(local({}), ALL, NONE)).toEqual(NO_SOURCES);
  expect(ownSources(local(ALL), { ...ALL, screen: false, screen_audio: false }, NONE)).toEqual({
    ...NO_SOURCES,
    microphone: true,
    camera: true,
  });
  expect(ownSources(local(ALL), ALL, new Set<Source>(["microphone"]))).toEqual({
    ...ALL,
    microphone: false,
  });
});

it("has no screen sound without a screen", () => {
  expect(ownSources(local({ screen_audio: true }), ALL, NONE)).toEqual(NO_SOURCES);
});

it("keeps a muted microphone's track, but no camera's that is off or taken", () => {
  const state = local({ camera: true });
  const muted = { ...state, microphone: { ...source(false, "mic"), stream: stream("mic") } };
  expect(ownTracks(muted, ownSources(muted, ALL, NONE), ALL)).toEqual({
    microphone: "mic sound",
    camera: "cam picture",
    screen: null,
    screen_audio: null,
  });
  const taken = new Set<Source>(["camera"]);
  expect(ownTracks(muted, ownSources(muted, ALL, taken), ALL).camera).toBeNull();
  expect(ownTracks(muted, NO_SOURCES, { ...ALL, microphone: false }).microphone).toBeNull();
});
