import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { commonMessages, useMessages } from "@/i18n";
import { Button, type ButtonVariant } from "../Button";
import { cx } from "../cx";
import styles from "../Dialog.module.css";

interface Props {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  actions?: ReactNode;
  wide?: boolean;
  alert?: boolean;
}

/** A modal window of the staff pages and the call. */
export function Dialog({ open, onClose, title, children, actions, wide, alert }: Props) {
  const t = useMessages(commonMessages);
  return (
    <ModalOverlay
      isOpen={open}
      onOpenChange={(now) => {
        if (!now) onClose();
      }}
      isDismissable={!alert}
      className={styles.overlay}
    >
      <Modal className={cx(styles.modal, wide && styles.wide)}>
        <AriaDialog role={alert ? "alertdialog" : "dialog"} className={styles.inner}>
          <div className={styles.head}>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <Button variant="quiet" size="s" icon={X} iconOnly onClick={onClose}>
              {t("actions.close")}
            </Button>
          </div>
          <div className={styles.body}>{children}</div>
          {actions ? <div className={styles.actions}>{actions}</div> : null}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface ConfirmProps {
  open: boolean;
  title: ReactNode;
  children: ReactNode;
  /** A verb, e.g. "Remove". */
  confirm: string;
  /** The way out, where "Cancel" could be taken for the act itself. */
  keep?: string;
  variant?: ButtonVariant;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that can't be taken back. */
export function ConfirmDialog({
  open,
  title,
  children,
  confirm,
  keep,
  variant = "danger",
  busy = false,
  onConfirm,
  onClose,
}: ConfirmProps) {
  const t = useMessages(commonMessages);
  return (
    <Dialog
      alert
      open={open}
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button variant={variant} busy={busy} onClick={onConfirm}>
            {confirm}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {keep ?? t("actions.cancel")}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
