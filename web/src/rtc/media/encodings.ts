/** What is sent of each source: simulcast layers, bit rates, and the layers nobody needs. */
import { SIMULCAST_RIDS, type Source } from "../wire";

type Rid = (typeof SIMULCAST_RIDS)[number];

/**
 * The camera at 1280×720: 320×180, 640×360 and the whole. Bit rates are for VP8, by what keeps a
 * talking head clean at that size; the frame rate never falls below 20 by itself (EN 301 549, 6.5.3).
 */
const CAMERA: Readonly<Record<Rid, RTCRtpEncodingParameters>> = {
  q: { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000, maxFramerate: 20 },
  h: { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000, maxFramerate: 30 },
  f: { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000, maxFramerate: 30 },
};

/** Simulcast of the camera, in the order of {@link SIMULCAST_RIDS}. */
export function cameraEncodings(): RTCRtpEncodingParameters[] {
  return SIMULCAST_RIDS.map((rid) => ({ ...CAMERA[rid] }));
}

/**
 * One layer: text has to be sharp for everybody, and browsers treat simulcast of screens each in
 * their own way.
 */
export function screenEncodings(): RTCRtpEncodingParameters[] {
  return [{ maxBitrate: 2_500_000, maxFramerate: 30 }];
}

/**
 * Switches layers on and off (dynacast). True when something changed. Layers are told apart by
 * their rid, since Firefox may list them in another order; a single unnamed encoding is on when any
 * layer is.
 */
export function applyLayers(
  encodings: RTCRtpEncodingParameters[],
  active: readonly boolean[],
): boolean {
  let changed = false;
  for (const encoding of encodings) {
    const index = SIMULCAST_RIDS.indexOf(encoding.rid as Rid);
    const wanted = index < 0 ? active.some(Boolean) : (active[index] ?? true);
    if ((encoding.active ?? true) !== wanted) {
      encoding.active = wanted;
      changed = true;
    }
  }
  return changed;
}

export function isVideo(source: Source): source is "camera" | "screen" {
  return source === "camera" || source === "screen";
}
