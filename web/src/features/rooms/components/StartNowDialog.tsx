import { type FormEvent, useState } from "react";
import { useSignedIn } from "@/api/me";
import type { Room } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { Button, ButtonLink } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Checkbox, TextField } from "@/ui/Field";
import { Notice } from "@/ui/Notice";
import { useCreateFirstLink, useCreateRoom } from "../api/rooms";
import { messages } from "../messages";
import { TITLE_MAX } from "../model/roomForm";

/** A meeting that begins at once is planned for an hour. */
const MINUTES = 60;

/** Made, with a link for a guest, without one, or with one that failed. */
interface Ready {
  room: Room;
  link: { url: string } | "none" | "failed";
}

/** A room with one click, and a link for the person at the other end of the phone. */
export function StartNowDialog({ onClose }: { onClose: () => void }) {
  const t = useMessages(messages);
  const [ready, setReady] = useState<Ready | null>(null);
  return (
    <Dialog open title={ready ? t("now.ready_title") : t("now.title")} onClose={onClose}>
      {ready ? <ReadyRoom ready={ready} /> : <StartForm onReady={setReady} onCancel={onClose} />}
    </Dialog>
  );
}

function StartForm({
  onReady,
  onCancel,
}: {
  onReady: (ready: Ready) => void;
  onCancel: () => void;
}) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const me = useSignedIn();
  const refusal = useRefusal(t);
  const create = useCreateRoom();
  const createLink = useCreateFirstLink();
  const [title, setTitle] = useState(() => t("now.default_title", { name: me.name }));
  const [withLink, setWithLink] = useState(true);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const length = [...title.trim()].length;
    if (length === 0) return refusal.refuse([{ field: "title", reason: "missing" }]);
    if (length > TITLE_MAX) return refusal.refuse([{ field: "title", reason: "too_long" }]);
    let room: Room;
    try {
      room = await create.mutateAsync({
        title: title.trim(),
        duration_minutes: MINUTES,
        waiting_room: true,
      });
    } catch (error) {
      return refusal.refuseWith(error);
    }
    if (!withLink) return onReady({ room, link: "none" });
    try {
      onReady({ room, link: await createLink.mutateAsync(room.id) });
    } catch {
      // The room is there: that must not be lost because its link failed.
      onReady({ room, link: "failed" });
    }
  }

  const busy = create.isPending || createLink.isPending;
  return (
    <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
      {refusal.summary}
      <TextField
        id={refusal.idOf("title")}
        label={t("now.name")}
        hint={t("form.title_hint")}
        error={refusal.errorOf("title")}
        autoComplete="off"
        value={title}
        onChange={(event) => setTitle(event.target.value)}
      />
      <Checkbox
        label={t("now.with_link")}
        hint={t("now.with_link_hint")}
        checked={withLink}
        onChange={(event) => setWithLink(event.target.checked)}
      />
      <div className={formStyles.actions}>
        <Button type="submit" busy={busy}>
          {busy ? t("now.submitting") : t("now.submit")}
        </Button>
        <Button variant="secondary" onClick={onCancel}>
          {common("actions.cancel")}
        </Button>
      </div>
    </form>
  );
}

function ReadyRoom({ ready: { room, link } }: { ready: Ready }) {
  const t = useMessages(messages);
  return (
    <>
      {link === "failed" ? (
        <Notice tone="warn" live="polite">
          {t("now.link_failed")}
        </Notice>
      ) : null}
      {typeof link === "object" ? (
        <>
          <p>{t("now.ready_body")}</p>
          <CopyField label={t("links.address")} value={link.url} />
        </>
      ) : null}
      <div className={formStyles.actions}>
        <ButtonLink href={`/rooms/${room.id}/call`}>{t("room.enter")}</ButtonLink>
        <ButtonLink href={`/rooms/${room.id}`} variant="secondary">
          {t("now.details")}
        </ButtonLink>
      </div>
    </>
  );
}
