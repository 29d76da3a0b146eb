/** The devices of this machine, as a list to choose from. */
import type { Device } from "./types";

export interface DeviceLists {
  microphones: readonly Device[];
  cameras: readonly Device[];
  speakers: readonly Device[];
}

/**
 * Sorts `enumerateDevices()` by kind. Chromium's aliases "default" and "communications" are left
 * out: no choice means the default. So are devices without an id (no permission yet).
 */
export function sortDevices(
  all: readonly MediaDeviceInfo[],
  canChooseSpeaker: boolean,
): DeviceLists {
  const of = (kind: MediaDeviceKind): Device[] => {
    const seen = new Set<string>(["", "default", "communications"]);
    const devices: Device[] = [];
    for (const device of all) {
      if (device.kind !== kind || seen.has(device.deviceId)) continue;
      seen.add(device.deviceId);
      devices.push({ id: device.deviceId, label: device.label });
    }
    return devices;
  };
  return {
    microphones: of("audioinput"),
    cameras: of("videoinput"),
    speakers: canChooseSpeaker ? of("audiooutput") : [],
  };
}

export async function listDevices(): Promise<DeviceLists> {
  if (typeof navigator.mediaDevices?.enumerateDevices !== "function") {
    return { microphones: [], cameras: [], speakers: [] };
  }
  try {
    const all = await navigator.mediaDevices.enumerateDevices();
    return sortDevices(all, "setSinkId" in HTMLMediaElement.prototype);
  } catch {
    return { microphones: [], cameras: [], speakers: [] };
  }
}
