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
