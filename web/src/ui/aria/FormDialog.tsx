import type { FormEvent, ReactNode } from "react";
import formStyles from "@/forms/forms.module.css";
import { commonMessages, useMessages } from "@/i18n";
import { Button, type ButtonVariant } from "../Button";
import { Dialog } from "./Dialog";

interface Props {
  title: ReactNode;
  /** What was refused; above all fields. */
  summary: ReactNode;
  /** A verb, e.g. "Save". */
  confirm: string;
  /** The way out, where "Cancel" could be taken for the act itself. */
  keep?: string;
  variant?: ButtonVariant;
  wide?: boolean;
  busy: boolean;
  onSubmit: () => Promise<void>;
  onClose: () => void;
  children: ReactNode;
}

/** A form in a modal window: what was refused, its fields, and the two ways out. */
export function FormDialog({
  title,
  summary,
  confirm,
  keep,
  variant = "primary",
  wide = false,
  busy,
  onSubmit,
  onClose,
  children,
}: Props) {
  const t = useMessages(commonMessages);
  function submit(event: FormEvent) {
    event.preventDefault();
    // React passes it on to a form around the dialog, though the page has it elsewhere.
    event.stopPropagation();
    void onSubmit();
  }
  return (
    <Dialog open wide={wide} title={title} onClose={onClose}>
      <form className={formStyles.form} noValidate onSubmit={submit}>
        {summary}
        {children}
        <div className={formStyles.actions}>
          <Button type="submit" variant={variant} busy={busy}>
            {confirm}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {keep ?? t("actions.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
