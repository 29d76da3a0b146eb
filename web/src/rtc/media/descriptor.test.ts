import { expect, test } from "vitest";

import { DEPENDENCY_DESCRIPTOR, negotiateDescriptor } from "./descriptor";

const MID = "urn:ietf:params:rtp-hdrext:sdes:mid";

function transceiver(uris: string[], refuses = false) {
  let list = uris.map((uri) => ({ uri, direction: "stopped" }));
  const able = {
    getHeaderExtensionsToNegotiate: () => list.map((one) => ({ ...one })),
    setHeaderExtensionsToNegotiate: (changed: typeof list) => {
      if (refuses) throw new TypeError("no");
      list = changed;
    },
  };
  return { able: able as unknown as RTCRtpTransceiver, list: () => list };
}

test("the descriptor is taken or left, and nothing else changes", () => {
  const { able, list } = transceiver([MID, DEPENDENCY_DESCRIPTOR]);
  negotiateDescriptor(able, true);
  expect(list()).toEqual([
    { uri: MID, direction: "stopped" },
    { uri: DEPENDENCY_DESCRIPTOR, direction: "sendrecv" },
  ]);
  negotiateDescriptor(able, false);
  expect(list()[1]).toEqual({ uri: DEPENDENCY_DESCRIPTOR, direction: "stopped" });
});

test("browsers that can't are left alone", () => {
  const unknown = transceiver([MID]);
  negotiateDescriptor(unknown.able, true);
  expect(unknown.list()).toEqual([{ uri: MID, direction: "stopped" }]);
  const refusing = transceiver([DEPENDENCY_DESCRIPTOR], true);
  negotiateDescriptor(refusing.able, true);
  expect(refusing.list()[0]?.direction).toBe("stopped");
  expect(() => negotiateDescriptor({} as RTCRtpTransceiver, true)).not.toThrow();
});
