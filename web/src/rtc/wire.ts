/**
 * Short names for the wire types that calls use. The shapes come from the protocol crate
 * (`signalling/protocol`) through the generated API types, never by hand.
 */
import type { components } from "../api/generated/schema";

type Schemas = components["schemas"];

export type Code = Schemas["Code"];
export type ParticipantId = Schemas["ParticipantId"];
export type RoomId = Schemas["RoomId"];
export type RoomRole = Schemas["RoomRole"];
export type Participant = Schemas["Participant"];
export type WaitingPerson = Schemas["WaitingPerson"];
export type ChatMessage = Schemas["ChatMessage"];
export type Reaction = Schemas["Reaction"];
export type LeaveReason = Schemas["LeaveReason"];
export type RoomSnapshot = Schemas["RoomSnapshot"];
export type MediaGrant = Schemas["MediaGrant"];
export type JoinGrant = Schemas["JoinGrant"];
export type ProbeGrant = Schemas["ProbeGrant"];
export type ToRoom = Schemas["ToRoom"];
export type ToClient = Schemas["ToClient"];
export type Source = Schemas["Source"];
export type SourceSet = Schemas["SourceSet"];
export type TrackPurpose = Schemas["TrackPurpose"];
export type OpenSession = Schemas["OpenSession"];
export type SessionAnswer = Schemas["SessionAnswer"];
export type RestartIce = Schemas["RestartIce"];
export type ToNode = Schemas["ToNode"];
export type FromNode = Schemas["FromNode"];
export type SlotFeed = Schemas["SlotFeed"];
export type Tile = Schemas["Tile"];
export type Speaker = Schemas["Speaker"];
export type Quality = Schemas["Quality"];

/** A source that has a picture. */
export type VideoSource = Extract<Source, "camera" | "screen">;

/** `room::SUBPROTOCOL` */
export const ROOM_SUBPROTOCOL = "szpon.room.v1";
/** `room::TOKEN_SUBPROTOCOL_PREFIX` */
export const TOKEN_SUBPROTOCOL_PREFIX = "bearer.";
/** `room::CHAT_MAX_CHARS` */
export const CHAT_MAX_CHARS = 2000;
/** `media::DATA_CHANNEL` */
export const DATA_CHANNEL = "szpon";
/** `media::AUDIO_SLOTS` */
export const AUDIO_SLOTS = 3;
/** `media::MAX_VIDEO_SLOTS` */
export const MAX_VIDEO_SLOTS = 25;
/** `media::SIMULCAST_RIDS`: quarter, half, full size. */
export const SIMULCAST_RIDS = ["q", "h", "f"] as const;

export const NO_SOURCES: SourceSet = Object.freeze({
  microphone: false,
  camera: false,
  screen: false,
  screen_audio: false,
});

export function sameSources(a: SourceSet, b: SourceSet): boolean {
  return (
    a.microphone === b.microphone &&
    a.camera === b.camera &&
    a.screen === b.screen &&
    a.screen_audio === b.screen_audio
  );
}
