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
import type { Call, CallOptions } from "./call-types";
import type { ConnectionReport, ConnectionTestOptions } from "./connection-test-types";
import type { LocalMedia } from "./devices/types";

export * from "./call-types";
export * from "./connection-test-types";
export * from "./devices/types";
export * from "./media/diagnostics-types";
export type * from "./wire";
export { CHAT_MAX_CHARS, MAX_VIDEO_SLOTS, NO_SOURCES } from "./wire";

/** One call, not begun yet. */
export declare function createCall(options: CallOptions): Call;
/** The person's devices; one for a page, shared by lobby and call. */
export declare function createLocalMedia(): LocalMedia;
/** Runs every step, never rejects except for `signal`'s abort; cleans up after itself. */
export declare function testConnection(options: ConnectionTestOptions): Promise<ConnectionReport>;
/** Whether calls can work here at all; null when they can. */
export declare function unsupported(): "browser" | "insecure" | null;
/** Whether this browser can share a screen (phones mostly can't). */
export declare function canShareScreen(): boolean;
