import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AppointmentSummary } from "@/api/types";
import { setupQueries } from "@/features/booking-setup/api/setup";
import { useRefusal } from "@/forms/useRefusal";
import { useFormat, useMessages } from "@/i18n";
import { FormDialog } from "@/ui/aria/FormDialog";
import { Checkbox, Select, TextArea } from "@/ui/Field";
import { toast } from "@/ui/Toasts";
import { useMove } from "../api/appointments";
import { messages } from "../messages";
import { useToday } from "../hooks/useToday";
import { officeDay } from "../model/days";
import { MESSAGE_MAX } from "./CancelDialog";
import { SlotPicker } from "./SlotPicker";

export function MoveDialog({
  appointment,
  onClose,
}: {
  appointment: AppointmentSummary;
  onClose: () => void;
}) {
  const t = useMessages(messages);
  const format = useFormat();
  const refusal = useRefusal(t);
  const officials = useQuery(setupQueries.officials);
  const move = useMove(appointment.id);
  const today = useToday();
  const planned = officeDay(appointment.start);
  // Its official is there, and what it needs is another place.
  const displaced = appointment.stranded === "place";
  const [sameTime, setSameTime] = useState(displaced);
  const [official, setOfficial] = useState("");
  const [start, setStart] = useState<string | null>(null);
  const [message, setMessage] = useState("");

  async function submit() {
    if (!sameTime && start === null) {
      return refusal.refuse([{ field: "start", reason: "missing" }]);
    }
    if ([...message.trim()].length > MESSAGE_MAX) {
      return refusal.refuse([{ field: "message", reason: "too_long" }]);
    }
    try {
      const moved = await move.mutateAsync({
        version: appointment.version,
        start: sameTime || start === null ? appointment.start : start,
        official: sameTime ? appointment.official : official || null,
        message: message.trim(),
      });
      toast(
        sameTime
          ? t("move.did_same_time", { name: moved.name, place: moved.place ?? "" })
          : t("move.did", {
              name: moved.name,
              date: format.longDate(moved.start),
              time: format.time(moved.start),
            }),
      );
      onClose();
    } catch (error) {
      setStart(null);
      refusal.refuseWith(error, {
        slot_taken: { field: sameTime ? "same_time" : "start", reason: "taken" },
      });
    }
  }

  return (
    <FormDialog
      title={t("move.title", { name: appointment.name })}
      summary={refusal.summary}
      confirm={t("move.confirm")}
      wide
      busy={move.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>
        {t("move.body", {
          date: format.longDate(appointment.start),
          time: format.time(appointment.start),
          official: appointment.official_name,
        })}
      </p>
      {displaced ? (
        <Checkbox
          id={refusal.idOf("same_time")}
          label={t("move.same_time")}
          hint={refusal.errorOf("same_time") ?? t("move.same_time_hint")}
          checked={sameTime}
          onChange={(event) => setSameTime(event.target.checked)}
        />
      ) : null}
      {sameTime ? null : (
        <>
          <Select
            label={t("move.official")}
            value={official}
            options={[
              { value: "", label: t("move.anyone") },
              ...(officials.data ?? []).map((one) => ({ value: one.id, label: one.name })),
            ]}
            onChange={(event) => {
              setOfficial(event.target.value);
              setStart(null);
            }}
          />
          <SlotPicker
            id={refusal.idOf("start")}
            error={refusal.errorOf("start")}
            wish={{
              matter: appointment.matter,
              form: appointment.form,
              // Most are put off, not brought forward; another day is a choice away.
              from: today > planned ? today : planned,
              official: official || null,
              people: appointment.people,
              interpreter: appointment.interpreter,
            }}
            value={start}
            onChange={setStart}
          />
        </>
      )}
      <TextArea
        id={refusal.idOf("message")}
        label={t("move.message")}
        hint={t("message_hint")}
        error={refusal.errorOf("message")}
        optional
        value={message}
        onChange={(event) => setMessage(event.target.value)}
      />
    </FormDialog>
  );
}
