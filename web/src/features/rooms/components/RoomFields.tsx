import type { CalendarDate } from "@internationalized/date";
import type { Refusal } from "@/forms/useRefusal";
import { useMessages } from "@/i18n";
import { Checkbox, Select, TextArea, TextField } from "@/ui/Field";
import { messages } from "../messages";
import { DURATIONS, type RoomForm } from "../model/roomForm";
import { DateTimeFields } from "./DateTimeFields";

interface Props {
  form: RoomForm;
  onChange: (form: RoomForm) => void;
  refusal: Refusal;
  from: CalendarDate;
}

/** What a new and a changed meeting have in common. */
export function RoomFields({ form, onChange, refusal, from }: Props) {
  const t = useMessages(messages);
  const durations = useDurations(form.durationMinutes);
  const set = (change: Partial<RoomForm>) => onChange({ ...form, ...change });
  return (
    <>
      <TextField
        id={refusal.idOf("title")}
        label={t("form.title")}
        hint={t("form.title_hint")}
        error={refusal.errorOf("title")}
        autoComplete="off"
        value={form.title}
        onChange={(event) => set({ title: event.target.value })}
      />
      <DateTimeFields
        id={refusal.idOf("starts_at")}
        date={form.date}
        time={form.time}
        durationMinutes={form.durationMinutes}
        from={from}
        error={refusal.errorOf("starts_at")}
        onChange={set}
      />
      <Select
        id={refusal.idOf("duration_minutes")}
        label={t("form.duration")}
        error={refusal.errorOf("duration_minutes")}
        options={durations}
        value={String(form.durationMinutes)}
        onChange={(event) => set({ durationMinutes: Number(event.target.value) })}
      />
      <TextArea
        id={refusal.idOf("description")}
        label={t("form.description")}
        hint={t("form.description_hint")}
        error={refusal.errorOf("description")}
        optional
        value={form.description}
        onChange={(event) => set({ description: event.target.value })}
      />
      <Checkbox
        label={t("form.waiting_room")}
        hint={t("form.waiting_room_hint")}
        checked={form.waitingRoom}
        onChange={(event) => set({ waitingRoom: event.target.checked })}
      />
    </>
  );
}

/** The usual lengths, and the present one when it is none of them. */
function useDurations(present: number): { value: string; label: string }[] {
  const t = useMessages(messages);
  const all = [...new Set([...DURATIONS, present])].sort((a, b) => a - b);
  return all.map((minutes) => ({
    value: String(minutes),
    label:
      minutes >= 60 && minutes % 30 === 0
        ? t("form.hours", { count: minutes / 60 })
        : t("form.minutes", { count: minutes }),
  }));
}
