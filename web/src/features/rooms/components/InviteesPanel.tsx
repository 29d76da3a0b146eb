import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useProblemText } from "@/api/problem";
import type { Invitee, Room } from "@/api/types";
import { commonMessages, useMessages } from "@/i18n";
import { ConfirmDialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { toast } from "@/ui/Toasts";
import { useAddInvitee, useRemoveInvitee, useResendInvitation } from "../api/rooms";
import { messages } from "../messages";
import { isOver, moderates } from "../model/agenda";
import { toNewInvitee } from "../model/roomForm";
import { AddPersonDialog } from "./AddPersonDialog";
import { DeliveryState } from "./DeliveryState";
import { Panel } from "./Panel";
import styles from "./People.module.css";

export function InviteesPanel({ room }: { room: Room }) {
  const t = useMessages(messages);
  const add = useAddInvitee(room.id);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Invitee | null>(null);
  const editable = moderates(room) && !isOver(room);
  return (
    <Panel
      heading={t("room.people")}
      action={
        editable ? (
          <Button variant="secondary" size="s" icon={UserPlus} onClick={() => setAdding(true)}>
            {t("room.add_person")}
          </Button>
        ) : null
      }
    >
      {room.invitees.length > 0 ? (
        <ul role="list" className={styles.list}>
          {room.invitees.map((invitee) => (
            <InviteeRow
              key={invitee.id}
              room={room}
              invitee={invitee}
              editable={editable}
              onRemove={() => setRemoving(invitee)}
            />
          ))}
        </ul>
      ) : (
        <p className={styles.none}>{t("room.no_invitees")}</p>
      )}
      {adding ? (
        <AddPersonDialog
          taken={room.invitees.map((invitee) => invitee.email)}
          submit={t("invite.add_and_send")}
          onAdd={async (draft) => {
            await add.mutateAsync(toNewInvitee(draft));
          }}
          onClose={() => setAdding(false)}
        />
      ) : null}
      {removing ? (
        <RemoveDialog room={room} invitee={removing} onClose={() => setRemoving(null)} />
      ) : null}
    </Panel>
  );
}

interface RowProps {
  room: Room;
  invitee: Invitee;
  editable: boolean;
  onRemove: () => void;
}

function InviteeRow({ room, invitee, editable, onRemove }: RowProps) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const problemText = useProblemText();
  const resend = useResendInvitation(room.id);

  async function sendAgain() {
    try {
      await resend.mutateAsync(invitee.id);
      toast(t("delivery.resent", { name: invitee.name }));
    } catch (error) {
      toast(problemText(error), "bad");
    }
  }

  return (
    <li className={styles.person}>
      <div className={styles.who}>
        <p className={styles.name}>{invitee.name}</p>
        <p className={styles.meta}>
          {invitee.email} · {common(`room_role.${invitee.role}`)} ·{" "}
          {common(`language.${invitee.language}`)}
        </p>
        {moderates(room) ? <DeliveryState delivery={invitee.delivery} /> : null}
      </div>
      {editable ? (
        <div className={styles.buttons}>
          {invitee.delivery.state === "pending" ? null : (
            <Button
              variant={invitee.delivery.state === "failed" ? "secondary" : "quiet"}
              size="s"
              busy={resend.isPending}
              aria-label={t("delivery.resend_label", { name: invitee.name })}
              onClick={() => void sendAgain()}
            >
              {t("delivery.resend")}
            </Button>
          )}
          <Button
            variant="quiet"
            size="s"
            aria-label={t("invite.remove_label", { name: invitee.name })}
            onClick={onRemove}
          >
            {t("invite.remove")}
          </Button>
        </div>
      ) : null}
    </li>
  );
}

function RemoveDialog({
  room,
  invitee,
  onClose,
}: {
  room: Room;
  invitee: Invitee;
  onClose: () => void;
}) {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const remove = useRemoveInvitee(room.id);

  async function confirm() {
    try {
      await remove.mutateAsync(invitee.id);
      toast(t("invite.removed", { name: invitee.name }));
    } catch (error) {
      toast(problemText(error), "bad");
    }
    onClose();
  }

  return (
    <ConfirmDialog
      open
      title={t("invite.remove_title")}
      confirm={t("invite.remove")}
      busy={remove.isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{t("invite.remove_body", { name: invitee.name })}</p>
    </ConfirmDialog>
  );
}
