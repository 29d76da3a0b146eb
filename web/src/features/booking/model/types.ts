import type { components } from "@/api/generated/schema";

type Schemas = components["schemas"];

export type AppointmentState = Schemas["AppointmentState"];
export type CheckedIn = Schemas["CheckedIn"];
export type CitizenAppointment = Schemas["CitizenAppointment"];
export type DayCount = Schemas["DayCount"];
export type Form = Schemas["Form"];
export type Held = Schemas["Held"];
export type Localized = Schemas["Localized"];
export type PublicMatter = Schemas["PublicMatter"];
export type PublicOffice = Schemas["PublicOffice"];
export type Question = Schemas["Question"];
export type Slot = Schemas["Slot"];
export type SlotPage = Schemas["SlotPage"];
export type WaitingPlace = Schemas["WaitingPlace"];
export type WorkSolution = Schemas["WorkSolution"];
