/**
 * The Dependency Descriptor, a header extension that says which layers a packet of AV1 belongs to.
 * Chromium decodes layers of AV1 in one stream with it only, and must be told to take it; left to
 * itself it sends it with every simulcast, which VP8 has no use for.
 */

export const DEPENDENCY_DESCRIPTOR =
  "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

interface HeaderExtension {
  uri: string;
  direction: "sendrecv" | "sendonly" | "recvonly" | "inactive" | "stopped";
}

/** WebRTC extensions (W3C), section 3: not in every browser, nor in TypeScript's library. */
interface Negotiating {
  getHeaderExtensionsToNegotiate?: () => HeaderExtension[];
  setHeaderExtensionsToNegotiate?: (extensions: HeaderExtension[]) => void;
}

/** Offers the descriptor on this m-line, or doesn't; without effect where the browser can't. */
export function negotiateDescriptor(transceiver: RTCRtpTransceiver, wanted: boolean): void {
  const able = transceiver as Negotiating;
  if (!able.getHeaderExtensionsToNegotiate || !able.setHeaderExtensionsToNegotiate) return;
  const extensions = able.getHeaderExtensionsToNegotiate();
  const found = extensions.find(({ uri }) => uri === DEPENDENCY_DESCRIPTOR);
  if (!found) return;
  found.direction = wanted ? "sendrecv" : "stopped";
  try {
    able.setHeaderExtensionsToNegotiate(extensions);
  } catch {
    // A browser may insist on its own list.
  }
}
