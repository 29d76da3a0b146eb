/** What the forms for a new and a known person hold, and what they send. */
import type { ChangePerson, DepartmentId, InvitePerson, Language, Person, Role } from "@/api/types";
import { looksLikeEmail } from "@/forms/email";
import type { Fault } from "@/forms/useRefusal";

export const NAME_MAX = 80;
export const ROLES: readonly Role[] = ["official", "trainer", "office_admin", "operator"];

export interface PersonForm {
  name: string;
  email: string;
  language: Language;
  department: DepartmentId | null;
  roles: ReadonlySet<Role>;
}

export function emptyPerson(language: Language): PersonForm {
  return { name: "", email: "", language, department: null, roles: new Set(["official"]) };
}

export function formOf(person: Person): PersonForm {
  return {
    name: person.name,
    email: person.email,
    language: person.language,
    department: person.department ?? null,
    roles: new Set(person.roles),
  };
}

export function personFaults(form: PersonForm): Fault[] {
  const faults: Fault[] = [];
  const length = [...form.name.trim()].length;
  if (length === 0) faults.push({ field: "person", reason: "missing" });
  if (length > NAME_MAX) faults.push({ field: "person", reason: "too_long" });
  if (form.email.trim() === "") faults.push({ field: "email", reason: "missing" });
  else if (!looksLikeEmail(form.email)) faults.push({ field: "email", reason: "malformed" });
  if (form.roles.size === 0) faults.push({ field: "roles", reason: "missing" });
  return faults;
}

export function toInvite(form: PersonForm): InvitePerson {
  return {
    name: form.name.trim(),
    email: form.email.trim(),
    language: form.language,
    roles: inOrder(form.roles),
    ...(form.department === null ? {} : { department: form.department }),
  };
}

/** Only what differs; none when nothing was changed. */
export function toChange(before: Person, form: PersonForm): ChangePerson | null {
  const change: ChangePerson = {};
  const name = form.name.trim();
  if (name !== before.name) change.name = name;
  const department = before.department ?? null;
  if (form.department !== department) {
    if (form.department === null) change.clear_department = true;
    else change.department = form.department;
  }
  const roles = inOrder(form.roles);
  if (roles.join() !== inOrder(new Set(before.roles)).join()) change.roles = roles;
  return Object.keys(change).length > 0 ? change : null;
}

function inOrder(roles: ReadonlySet<Role>): Role[] {
  return ROLES.filter((role) => roles.has(role));
}
