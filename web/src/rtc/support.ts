/** Whether calls can work here at all; null when they can. */
export function unsupported(): "browser" | "insecure" | null {
  if (!window.isSecureContext) return "insecure";
  const complete =
    typeof RTCPeerConnection === "function" &&
    typeof WebSocket === "function" &&
    "addTransceiver" in RTCPeerConnection.prototype &&
    "createDataChannel" in RTCPeerConnection.prototype;
  return complete ? null : "browser";
}

/**
 * Whether the browser receives video whose SSRC it was not told. Chromium makes a receiver for the m-line
 * that the packet names by its mid, and knows repetitions (RFC 4588) by their payload type; Firefox would
 * take a repetition for another picture.
 */
export function learnsSources(): boolean {
  return "userAgentData" in navigator;
}
