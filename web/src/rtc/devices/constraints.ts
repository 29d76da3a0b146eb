/** What is asked of a camera and a microphone. All of it `ideal`: a poor device is better than none. */
import type { Processing } from "./types";

export function cameraConstraints(id: string | null): MediaTrackConstraints {
  return {
    ...device(id),
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
    ...(id === null && { facingMode: { ideal: "user" } }),
  };
}

export function microphoneConstraints(
  id: string | null,
  processing: Processing,
): MediaTrackConstraints {
  return {
    ...device(id),
    echoCancellation: { ideal: processing.echoCancellation },
    noiseSuppression: { ideal: processing.noiseSuppression },
    autoGainControl: { ideal: processing.autoGainControl },
    channelCount: { ideal: 1 },
  };
}

/**
 * A remembered device is asked for, not demanded: when it isn't plugged in, another one takes its
 * place without an error.
 */
function device(id: string | null): MediaTrackConstraints {
  return id === null ? {} : { deviceId: { ideal: id } };
}
