import { describe, expect, it } from "vitest";

import { safeReturn, signInAddress } from "./returnTo";

describe("safeReturn", () => {
  it("leads back to a page of this site", () => {
    expect(safeReturn("/rooms/018f?tab=links")).toBe("/rooms/018f?tab=links");
  });

  it.each([
    null,
    "",
    "rooms",
    "//evil.example/x",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/sign-in?next=/rooms",
  ])("doesn't follow %s", (wanted) => {
    expect(safeReturn(wanted)).toBe("/rooms");
  });
});

describe("signInAddress", () => {
  it("keeps the way back through encoding", () => {
    const address = signInAddress("/admin/audit?action=signed_in&x=1");
    const next = new URL(address, "https://x.pl").searchParams.get("next");
    expect(safeReturn(next)).toBe("/admin/audit?action=signed_in&x=1");
  });

  it("is short when home is the way back", () => {
    expect(signInAddress("/rooms")).toBe("/sign-in");
    expect(signInAddress("/")).toBe("/sign-in");
    expect(signInAddress("/", true)).toBe("/sign-in?why=expired");
  });
});
