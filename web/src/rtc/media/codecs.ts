/**
 * What is offered. A browser lists some forty formats for each of up to thirty m-lines; few of them
 * are ever used, and each costs bytes and time before the first picture.
 */

export interface Codec {
  mimeType: string;
  sdpFmtpLine?: string;
}

/**
 * The codecs worth offering, `first` in front, otherwise in the browser's own order. RTX (RFC 4588)
 * belongs to all video codecs and stays.
 */
export function offered<C extends Codec>(codecs: readonly C[], first: string): C[] {
  const is = (codec: C) => codec.mimeType.toLowerCase() === first.toLowerCase();
  const used = codecs.filter(worthwhile);
  return [...used.filter(is), ...used.filter((codec) => !is(codec))];
}

function worthwhile({ mimeType, sdpFmtpLine = "" }: Codec): boolean {
  const format = (key: string) =>
    new RegExp(`(?:^|;)\\s*${key}=([^;\\s]+)`, "i").exec(sdpFmtpLine)?.[1];
  switch (mimeType.toLowerCase()) {
    case "video/vp8":
    case "video/rtx":
    case "audio/opus":
    case "audio/red":
      return true;
    // 8 bits and 4:2:0, which is what cameras and decoders have.
    case "video/vp9":
      return (format("profile-id") ?? "0") === "0";
    case "video/av1":
      return (format("profile") ?? "0") === "0";
    // Constrained baseline, the one profile that every browser decodes (RFC 7742, section 6.2).
    case "video/h264":
      return (
        format("packetization-mode") === "1" && /^42[cef]0/i.test(format("profile-level-id") ?? "")
      );
    default:
      return false;
  }
}
