import { describe, expect, it } from "vitest";

import type { Room } from "@/api/types";
import { agenda } from "./agenda";

function room(id: string, starts_at: string, status: Room["status"] = "planned"): Room {
  return {
    id,
    title: id,
    description: "",
    host: "h",
    host_name: "H",
    starts_at,
    duration_minutes: 30,
    waiting_room: true,
    status,
    my_role: "host",
    participants_now: 0,
    waiting_now: 0,
    invitees: [],
  };
}

describe("agenda", () => {
  it("sorts by the office's day and by time", () => {
    const now = Date.parse("2027-01-14T22:30:00Z"); // 23:30 in Warsaw
    const result = agenda(
      [
        room("day after, late", "2027-01-16T10:00:00.000Z"),
        room("tomorrow", "2027-01-14T23:00:00.000Z"),
        room("tonight", "2027-01-14T22:45:00.000Z"),
        room("this morning", "2027-01-14T08:00:00.000Z"),
        room("running since yesterday", "2027-01-13T20:00:00.000Z", "live"),
        room("day after", "2027-01-16T08:00:00.000Z"),
      ],
      now,
    );
    expect(result.live.map((r) => r.id)).toEqual(["running since yesterday"]);
    expect(result.today.map((r) => r.id)).toEqual(["this morning", "tonight"]);
    expect(result.later.map(({ day, rooms }) => [day, ...rooms.map((r) => r.id)])).toEqual([
      ["2027-01-15", "tomorrow"],
      ["2027-01-16", "day after", "day after, late"],
    ]);
  });
});
