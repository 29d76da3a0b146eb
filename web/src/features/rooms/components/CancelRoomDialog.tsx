import { useProblemText } from "@/api/problem";
import type { Room } from "@/api/types";
import { useMessages } from "@/i18n";
import { ConfirmDialog } from "@/ui/aria/Dialog";
import { toast } from "@/ui/Toasts";
import { useCancelRoom } from "../api/rooms";
import { messages } from "../messages";

export function CancelRoomDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const cancel = useCancelRoom(room.id);

  async function confirm() {
    try {
      await cancel.mutateAsync();
      toast(t("room.cancelled"));
    } catch (error) {
      toast(problemText(error), "bad");
    }
    onClose();
  }

  return (
    <ConfirmDialog
      open
      title={t("room.cancel_title")}
      confirm={t("room.cancel_confirm")}
      keep={t("room.keep")}
      busy={cancel.isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        {room.invitees.length > 0
          ? t("room.cancel_body", { count: room.invitees.length })
          : t("room.cancel_body_alone")}
      </p>
    </ConfirmDialog>
  );
}
