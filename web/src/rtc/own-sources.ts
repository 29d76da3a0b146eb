/** What I send: from what my devices give, what I may send and what a moderator took. Pure. */
import type { LocalMediaState } from "./devices/types";
import type { LocalTracks } from "./media/media-session";
import type { Source, SourceSet } from "./wire";

/**
 * `withheld` are sources that a moderator just took and that are still closing here: they must not
 * be announced as being on again.
 */
export function ownSources(
  local: LocalMediaState,
  may: SourceSet,
  withheld: ReadonlySet<Source>,
): SourceSet {
  const on = opened(local);
  const sent = (source: Source) => on[source] && may[source] && !withheld.has(source);
  return {
    microphone: sent("microphone"),
    camera: sent("camera"),
    screen: sent("screen"),
    screen_audio: sent("screen_audio"),
  };
}

/** What is open here, whatever may be sent of it. */
export function opened(local: LocalMediaState): SourceSet {
  const screen = local.screen.status === "on";
  return {
    microphone: local.microphone.status === "on",
    camera: local.camera.status === "on",
    screen,
    screen_audio: screen && local.screen.audio,
  };
}

/** The tracks to send. A muted microphone's track stays, silent, so that speaking starts at once. */
export function ownTracks(local: LocalMediaState, sources: SourceSet, may: SourceSet): LocalTracks {
  const audio = (stream: MediaStream | null) => stream?.getAudioTracks()[0] ?? null;
  const video = (stream: MediaStream | null) => stream?.getVideoTracks()[0] ?? null;
  return {
    microphone: may.microphone ? audio(local.microphone.stream) : null,
    camera: sources.camera ? video(local.camera.stream) : null,
    screen: sources.screen ? video(local.screen.stream) : null,
    screen_audio: sources.screen_audio ? audio(local.screen.stream) : null,
  };
}
