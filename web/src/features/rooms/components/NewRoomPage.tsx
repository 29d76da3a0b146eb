import { UserPlus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { Button, ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { toast } from "@/ui/Toasts";
import { useCreateRoom } from "../api/rooms";
import { useNow } from "../hooks/useNow";
import { messages } from "../messages";
import { type DraftInvitee, type RoomForm, toNewRoom } from "../model/roomForm";
import { nextQuarter, wallClock } from "../model/warsaw";
import { AddPersonDialog } from "./AddPersonDialog";
import { RoomFields } from "./RoomFields";
import styles from "./People.module.css";

function emptyForm(): RoomForm {
  return {
    title: "",
    ...nextQuarter(Date.now()),
    durationMinutes: 30,
    waitingRoom: true,
    description: "",
    invitees: [],
  };
}

export default function NewRoomPage() {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const create = useCreateRoom();
  const now = useNow();
  const [, navigate] = useLocation();
  const [form, setForm] = useState(emptyForm);
  const [adding, setAdding] = useState(false);
  const invited = form.invitees.length > 0;

  async function submit(event: FormEvent) {
    event.preventDefault();
    const checked = toNewRoom(form, Date.now());
    if (!checked.ok) return refusal.refuse(checked.faults);
    try {
      const room = await create.mutateAsync(checked.value);
      toast(t("form.created"));
      navigate(`/rooms/${room.id}`);
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  const setInvitees = (invitees: DraftInvitee[]) => setForm({ ...form, invitees });

  return (
    <>
      <PageHeader title={t("form.new_title")} />
      <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <RoomFields
          form={form}
          onChange={setForm}
          refusal={refusal}
          from={wallClock(new Date(now).toISOString()).date}
        />
        <fieldset className={formStyles.section}>
          <legend>{t("form.people")}</legend>
          {invited ? (
            <ul role="list" className={styles.list}>
              {form.invitees.map((invitee, index) => (
                <DraftRow
                  key={invitee.email}
                  invitee={invitee}
                  id={refusal.idOf(`invitees.${index}.email`)}
                  error={
                    refusal.errorOf(`invitees.${index}.email`) ??
                    refusal.errorOf(`invitees.${index}.name`)
                  }
                  onRemove={() => setInvitees(form.invitees.filter((_, other) => other !== index))}
                />
              ))}
            </ul>
          ) : (
            <p className={styles.none}>{t("form.nobody")}</p>
          )}
          <div>
            <Button variant="secondary" icon={UserPlus} onClick={() => setAdding(true)}>
              {t("room.add_person")}
            </Button>
          </div>
        </fieldset>
        <div className={formStyles.actions}>
          <Button type="submit" busy={create.isPending}>
            {create.isPending
              ? t("form.submitting")
              : invited
                ? t("form.submit")
                : t("form.submit_alone")}
          </Button>
          <ButtonLink href="/rooms" variant="quiet">
            {common("actions.cancel")}
          </ButtonLink>
        </div>
      </form>
      {adding ? (
        <AddPersonDialog
          taken={form.invitees.map((invitee) => invitee.email)}
          submit={t("invite.add")}
          onAdd={(invitee) => {
            setInvitees([...form.invitees, invitee]);
            return Promise.resolve();
          }}
          onClose={() => setAdding(false)}
        />
      ) : null}
    </>
  );
}

interface RowProps {
  invitee: DraftInvitee;
  id: string;
  error: string | undefined;
  onRemove: () => void;
}

function DraftRow({ invitee, id, error, onRemove }: RowProps) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  return (
    <li className={styles.person}>
      <div className={styles.who}>
        <p className={styles.name}>{invitee.name}</p>
        <p className={styles.meta}>
          {invitee.email} · {common(`room_role.${invitee.role}`)} ·{" "}
          {common(`language.${invitee.language}`)}
        </p>
        {error ? <p className={styles.error}>{error}</p> : null}
      </div>
      <Button
        id={id}
        variant="quiet"
        size="s"
        icon={X}
        aria-label={t("invite.remove_label", { name: invitee.name })}
        onClick={onRemove}
      >
        {t("invite.remove")}
      </Button>
    </li>
  );
}
