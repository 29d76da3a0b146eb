import { useNow } from "@/features/rooms/hooks/useNow";
import { officeDay } from "../model/days";

/** The office's present day, `2026-11-27`; also after midnight. */
export function useToday(): string {
  return officeDay(useNow(60_000));
}
