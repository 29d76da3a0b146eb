/** Reads entries of the audit log, whose details are plain JSON that differs from act to act. */
import type { AuditAction, AuditEntry } from "@/api/types";

/** In the order of the filter: the office, its people, signing in, meetings, the system. */
export const AUDIT_ACTIONS: readonly AuditAction[] = [
  "office_created",
  "office_changed",
  "department_created",
  "department_changed",
  "department_deleted",
  "person_invited",
  "person_activated",
  "person_changed",
  "person_deactivated",
  "person_reactivated",
  "signed_in",
  "sign_in_failed",
  "signed_out",
  "session_revoked",
  "password_changed",
  "password_reset_requested",
  "totp_enabled",
  "totp_disabled",
  "room_created",
  "room_changed",
  "room_cancelled",
  "room_ended",
  "invitee_added",
  "invitee_removed",
  "link_created",
  "link_revoked",
  "stream_created",
  "stream_revoked",
  "participant_admitted",
  "participant_refused",
  "participant_removed",
  "participant_role_changed",
  "key_rotated",
  "mail_retried",
  "system_added",
  "system_revoked",
];

type Entry = Pick<AuditEntry, "target" | "details">;

/** Details that name what was acted on, best first. */
const NAMING = ["name", "title", "email", "label", "to"] as const;

/** Names by id, of what the reader's other pages know: people, departments. */
export type Names = ReadonlyMap<string, string>;

/**
 * What was acted on, in words; null when there is no name for it. The log itself holds ids of
 * people, so that it says no more of them than it must.
 */
export function targetName(entry: Entry, names: Names): string | null {
  const known = entry.target ? names.get(entry.target) : undefined;
  return known ?? namedInDetails(entry);
}

function namedInDetails(entry: Entry): string | null {
  const details: Readonly<Record<string, unknown>> = entry.details;
  for (const key of NAMING) {
    const value = details[key];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** The other details, flattened to dotted keys; lists stay together. */
export function otherDetails(entry: Entry, names: Names): [key: string, value: string][] {
  const named = targetName(entry, names);
  const rows = flatten(entry.details, "");
  const shown = rows.findIndex(([key, value]) => NAMING.some((n) => n === key) && value === named);
  return rows.filter((_, index) => index !== shown);
}

function flatten(value: unknown, key: string): [string, string][] {
  if (Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null)) {
    return [[key, value.map(String).join(", ")]];
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) =>
      flatten(inner, key === "" ? name : `${key}.${name}`),
    );
  }
  return [[key, value === null ? "" : String(value)]];
}
