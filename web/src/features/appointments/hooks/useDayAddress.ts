import { useLocation, useSearch } from "wouter";
import { useSignedIn } from "@/api/me";
import type { PersonId } from "@/api/types";
import { officeDay, readDay } from "../model/days";

interface DayAddress {
  date: string;
  official: PersonId;
  own: boolean;
  today: string;
  go: (change: { date?: string; official?: PersonId }) => void;
}

/** Which day and whose: in the address, so that reloading and going back work. */
export function useDayAddress(path: string, now: number): DayAddress {
  const me = useSignedIn();
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const today = officeDay(now);
  const date = readDay(search.get("date"), today);
  const official = search.get("official") ?? me.id;
  return {
    date,
    official,
    own: official === me.id,
    today,
    go: (change) => {
      const next = { date, official, ...change };
      const query = new URLSearchParams();
      if (next.date !== today) query.set("date", next.date);
      if (next.official !== me.id) query.set("official", next.official);
      const text = query.toString();
      navigate(text ? `${path}?${text}` : path);
    },
  };
}
