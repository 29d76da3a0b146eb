import { describe, expect, it } from "vitest";

import { levelOf } from "./level-meter";
import { sortDevices } from "./list";
import { DEFAULTS, loadPreferences, savePreferences } from "./preferences";
import { problemOf } from "./problem";

describe("problems", () => {
  it.each([
    ["NotAllowedError", "Permission denied", "denied"],
    ["NotAllowedError", "Permission dismissed", "dismissed"],
    ["NotFoundError", "", "none"],
    ["NotReadableError", "", "in_use"],
    ["AbortError", "", "in_use"],
    ["OverconstrainedError", "", "overconstrained"],
    ["NotSupportedError", "", "unsupported"],
    ["InvalidStateError", "", "failed"],
  ])("%s (%s) is %s", (name, message, problem) => {
    expect(problemOf(new DOMException(message, name))).toBe(problem);
  });

  it("knows the errors that are no DOMException", () => {
    expect(problemOf(new TypeError("x"))).toBe("unsupported");
    expect(problemOf("x")).toBe("failed");
  });
});

it("lists devices without aliases, doubles and those without an id", () => {
  const device = (kind: MediaDeviceKind, deviceId: string, label = "") =>
    ({ kind, deviceId, label }) as MediaDeviceInfo;
  const all = [
    device("audioinput", "default", "Default"),
    device("audioinput", "m1", "Mic"),
    device("audioinput", "m1", "Mic"),
    device("videoinput", ""),
    device("videoinput", "c1", "Cam"),
    device("audiooutput", "s1", "Speaker"),
  ];
  expect(sortDevices(all, true)).toEqual({
    microphones: [{ id: "m1", label: "Mic" }],
    cameras: [{ id: "c1", label: "Cam" }],
    speakers: [{ id: "s1", label: "Speaker" }],
  });
  expect(sortDevices(all, false).speakers).toEqual([]);
});

describe("levels", () => {
  const tone = (amplitude: number) =>
    Float32Array.from({ length: 2048 }, (_, i) => amplitude * Math.sin(i / 5));

  it("run from silence to loud speech", () => {
    expect(levelOf(new Float32Array(2048))).toBe(0);
    expect(levelOf(new Float32Array(0))).toBe(0);
    expect(levelOf(tone(0.0005))).toBe(0);
    expect(levelOf(tone(1))).toBe(1);
  });

  it("rise with the sound", () => {
    const levels = [0.005, 0.02, 0.1, 0.3].map((amplitude) => levelOf(tone(amplitude)));
    expect(levels).toEqual([...levels].sort((a, b) => a - b));
    expect(levels[0]).toBeGreaterThan(0);
  });
});

describe("preferences", () => {
  const storage = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    } as unknown as Storage;
  };

  it("come back as they were", () => {
    const here = storage();
    const preferences = {
      chosen: { microphone: "m", camera: null, speaker: "s" },
      processing: { ...DEFAULTS.processing, noiseSuppression: false },
    };
    savePreferences(preferences, () => here);
    expect(loadPreferences(() => here)).toEqual(preferences);
  });

  it.each(["", "{", "7", "[]", '{"chosen":{"camera":5}}', '{"chosen":null,"processing":1}'])(
    "are the usual ones for %o",
    (text) => {
      const here = storage();
      here.setItem("szpon.devices", text);
      expect(loadPreferences(() => here)).toEqual(DEFAULTS);
    },
  );

  it("do without a storage", () => {
    const forbidden = () => {
      throw new DOMException("", "SecurityError");
    };
    savePreferences(DEFAULTS, forbidden);
    expect(loadPreferences(forbidden)).toEqual(DEFAULTS);
  });
});
