/**
 * Calls: the room socket, the media session, devices and the connection test. No UI and no React:
 * state is in vanilla zustand stores (`useStore(call.store, selector)`), actions are methods.
 *
 * ```ts
 * const local = createLocalMedia();                  // lobby: preview, levels, choices
 * await local.open({ microphone: true, camera: true });
 * const call = createCall({ local, grant: (resume, signal) => redeem(link, name, resume, signal) });
 * call.join();                                       // in the click on "Join"
 * useStore(call.store, (s) => s.phase);              // idle → connecting → (waiting) → in_call
 * call.setView([{ participant, source: "camera", width: 640, height: 360, pinned: false }]);
 * ```
 */
export * from "./call-types";
export * from "./connection-test-types";
export * from "./devices/types";
export * from "./media/diagnostics-types";
export type * from "./wire";
export { CHAT_MAX_CHARS, MAX_VIDEO_SLOTS, NO_SOURCES } from "./wire";
export { createCall } from "./call";
export { testConnection } from "./connection-test";
export { createLocalMedia } from "./devices/local-media";
export { canShareScreen } from "./screen";
export { unsupported } from "./support";
