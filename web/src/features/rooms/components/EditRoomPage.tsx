import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation, useParams } from "wouter";
import type { Room } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { Button, ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { PageSpinner } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { roomQueries, useChangeRoom } from "../api/rooms";
import { useNow } from "../hooks/useNow";
import { messages } from "../messages";
import { isOver, moderates } from "../model/agenda";
import { formOf, sendsMail, toChangeRoom } from "../model/roomForm";
import { wallClock } from "../model/warsaw";
import { RoomFields } from "./RoomFields";
import { RoomProblem } from "./RoomProblem";

export default function EditRoomPage() {
  const { room: id = "" } = useParams();
  const room = useQuery(roomQueries.one(id));
  if (room.isPending) return <PageSpinner />;
  if (!room.data) return <RoomProblem error={room.error} onRetry={() => void room.refetch()} />;
  return <EditRoom room={room.data} />;
}

function EditRoom({ room: fresh }: { room: Room }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  // What the form was filled from; the page goes on reading the room behind it.
  const [room] = useState(fresh);
  const [form, setForm] = useState(() => formOf(room));
  const change = useChangeRoom(room.id);
  const now = useNow();
  const [, navigate] = useLocation();
  const page = `/rooms/${room.id}`;

  async function submit(event: FormEvent) {
    event.preventDefault();
    const checked = toChangeRoom(room, form, Date.now());
    if (!checked.ok) return refusal.refuse(checked.faults);
    if (checked.value === null) {
      toast(t("form.nothing_changed"), "info");
      return navigate(page);
    }
    try {
      await change.mutateAsync(checked.value);
      toast(t("form.saved"));
      navigate(page);
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  if (!moderates(room) || isOver(room))
    return <RoomProblem error={null} onRetry={() => undefined} />;

  const checked = toChangeRoom(room, form, now);
  const mailGoesOut =
    room.invitees.length > 0 && checked.ok && checked.value !== null && sendsMail(checked.value);
  const today = wallClock(new Date(now).toISOString()).date;
  const planned = wallClock(room.starts_at).date;
  return (
    <>
      <PageHeader title={t("form.edit_title")} over={room.title} />
      <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <RoomFields
          form={form}
          onChange={setForm}
          refusal={refusal}
          from={planned.compare(today) < 0 ? planned : today}
        />
        <p role="status">{mailGoesOut ? t("form.mail_note") : null}</p>
        <div className={formStyles.actions}>
          <Button type="submit" busy={change.isPending}>
            {change.isPending ? t("form.submitting") : t("form.save")}
          </Button>
          <ButtonLink href={page} variant="quiet">
            {common("actions.cancel")}
          </ButtonLink>
        </div>
      </form>
    </>
  );
}
