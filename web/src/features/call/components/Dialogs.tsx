import { type FormEvent, useState } from "react";
import { commonMessages, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextArea } from "@/ui/Field";
import { ConfirmDialog, Dialog } from "@/ui/aria/Dialog";
import { toast } from "@/ui/Toasts";
import { type Open, useTools, useUi } from "../CallContext";
import { messages } from "../messages";
import styles from "./Dialogs.module.css";
import { SettingsDialog } from "./SettingsDialog";
import { ShortcutsDialog } from "./ShortcutsDialog";

/** As the protocol crate has it (`room::NOTE_MAX_CHARS`). */
const NOTE_MAX_CHARS = 500;

/** Whatever question or form is open above the call. */
export function Dialogs() {
  const { ui } = useTools();
  const open = useUi((state) => state.open);
  const close = () => ui.setState({ open: null });
  if (!open) return null;
  switch (open.kind) {
    case "settings":
      return <SettingsDialog onClose={close} />;
    case "shortcuts":
      return <ShortcutsDialog onClose={close} />;
    case "end":
      return <EndDialog onClose={close} />;
    case "remove":
    case "refuse":
    case "write":
      return <WordsDialog open={open} onClose={close} />;
  }
}

function EndDialog({ onClose }: { onClose: () => void }) {
  const t = useMessages(messages);
  const { call } = useTools();
  return (
    <ConfirmDialog
      open
      title={t("leave.confirm_title")}
      confirm={t("leave.all")}
      onConfirm={() => {
        onClose();
        call.end();
      }}
      onClose={onClose}
    >
      <p>{t("leave.confirm_body")}</p>
    </ConfirmDialog>
  );
}

type Words = Extract<Open, { kind: "remove" | "refuse" | "write" }>;

/** Removing and refusing with a reason, and writing to people who wait. */
function WordsDialog({ open, onClose }: { open: Words; onClose: () => void }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const { call } = useTools();
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const words = text.trim();
  const error =
    [...words].length > NOTE_MAX_CHARS
      ? t("dialog.too_long")
      : open.kind === "write" && words === ""
        ? t("dialog.message_missing")
        : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (error) return;
    switch (open.kind) {
      case "remove":
        call.remove(open.person.id, words);
        break;
      case "refuse":
        call.refuse(open.person.id, words);
        break;
      case "write":
        call.writeToWaiting(open.person?.id ?? null, words);
        toast(t("dialog.sent"));
        break;
    }
    onClose();
  }

  const name = open.person?.name ?? "";
  const title =
    open.kind === "write"
      ? open.person
        ? t("dialog.write_title", { name })
        : t("dialog.write_all_title")
      : t(`dialog.${open.kind}_title`, { name });

  return (
    <Dialog open onClose={onClose} title={title}>
      <form className={styles.form} onSubmit={submit} noValidate>
        {open.kind === "remove" ? <p>{t("dialog.remove_body")}</p> : null}
        <TextArea
          label={t(open.kind === "write" ? "dialog.message" : "dialog.reason")}
          hint={t("dialog.reason_hint")}
          optional={open.kind !== "write"}
          error={tried ? error : undefined}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <div className={styles.actions}>
          <Button type="submit" variant={open.kind === "write" ? "primary" : "danger"}>
            {t(open.kind === "write" ? "dialog.send" : `dialog.${open.kind}`)}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {common("actions.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
