import type { AppointmentSummary } from "@/api/types";
import { useFormat, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { ConfirmDialog } from "@/ui/aria/Dialog";
import { messages } from "../messages";
import styles from "./Setup.module.css";

interface Props {
  appointments: readonly AppointmentSummary[];
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Before a change of hours: which appointments it would leave without their official. */
export function StrandingDialog({ appointments, busy, onConfirm, onClose }: Props) {
  const t = useMessages(messages);
  const format = useFormat();
  return (
    <ConfirmDialog
      open
      title={t("stranding.title", { count: appointments.length })}
      confirm={t("stranding.confirm")}
      keep={t("stranding.keep")}
      variant="primary"
      busy={busy}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <p>{t("stranding.body")}</p>
      {/* A long list scrolls, and so has to be reachable by the keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- see above */}
      <ul className={styles.strandedList} tabIndex={0} aria-label={t("stranding.list")}>
        {appointments.map((one) => (
          <li key={one.id}>
            {format.dateTime(one.start)} · {one.name} · {pick(one.matter_name, t.language)} ·{" "}
            {one.official_name}
          </li>
        ))}
      </ul>
    </ConfirmDialog>
  );
}
