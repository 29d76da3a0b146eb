/** The few things that only SDP text can say. */

/**
 * Leaves the SSRCs of these m-sections out (RFC 5576). The browser then makes a receiver, with a decoder
 * and a report each second, when the first packet comes, not for every slot that might be fed one day.
 */
export function withoutSources(sdp: string, mids: ReadonlySet<string>): string {
  return sections(sdp)
    .map((section) => {
      const mid = midOf(section);
      const names = mid !== undefined && mids.has(mid);
      return names ? section.replace(/^a=ssrc(-group)?:.*\r\n/gm, "") : section;
    })
    .join("");
}

/**
 * Sets format parameters of every codec called `codec` (of Opus: RFC 7587, section 6.1) in the
 * m-section with this mid; others stay. SDP without such a section or codec comes back unchanged.
 */
export function withFormat(
  sdp: string,
  mid: string,
  codec: string,
  format: Readonly<Record<string, string>>,
): string {
  return sections(sdp)
    .map((section) => (midOf(section) === mid ? formatted(section, codec, format) : section))
    .join("");
}

/** The session part and each m-section; joined they are the SDP again, byte by byte. */
function sections(sdp: string): string[] {
  return sdp.split(/^(?=m=)/m);
}

function midOf(section: string): string | undefined {
  return /^a=mid:(\S+)/m.exec(section)?.[1];
}

function formatted(
  section: string,
  codec: string,
  format: Readonly<Record<string, string>>,
): string {
  const lines = section.split("\r\n");
  const out: string[] = [];
  const map = new RegExp(`^a=rtpmap:(\\d+) ${codec}/`, "i");
  const types = new Set(
    lines.map((line) => map.exec(line)?.[1]).filter((type) => type !== undefined),
  );
  const had = new Set<string>();
  for (const line of lines) {
    const fmtp = /^a=fmtp:(\d+) (.*)$/.exec(line);
    if (fmtp?.[1] !== undefined && types.has(fmtp[1])) {
      had.add(fmtp[1]);
      out.push(`a=fmtp:${fmtp[1]} ${merged(fmtp[2] ?? "", format)}`);
    } else {
      out.push(line);
    }
  }
  // A codec without parameters gets its line right behind its rtpmap.
  for (const type of types) {
    if (had.has(type)) continue;
    const at = out.findIndex((line) => map.exec(line)?.[1] === type);
    out.splice(at + 1, 0, `a=fmtp:${type} ${merged("", format)}`);
  }
  return out.join("\r\n");
}

function merged(line: string, format: Readonly<Record<string, string>>): string {
  const all = new Map<string, string | undefined>();
  for (const part of line.split(";")) {
    const [key, ...rest] = part.trim().split("=");
    if (key) all.set(key, rest.length > 0 ? rest.join("=") : undefined);
  }
  for (const [key, value] of Object.entries(format)) all.set(key, value);
  return [...all].map(([key, value]) => (value === undefined ? key : `${key}=${value}`)).join(";");
}
