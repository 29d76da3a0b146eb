import { Building2, type LucideIcon, Phone, Video } from "lucide-react";
import { useMessages } from "@/i18n";
import { Icon } from "@/ui/Icon";
import { messages } from "../messages";
import type { Form } from "../model/types";
import styles from "./FormName.module.css";

const ICONS: Record<Form, LucideIcon> = { in_person: Building2, phone: Phone, video: Video };

/** How an appointment takes place, in a word and a sign. */
export function FormName({ of }: { of: Form }) {
  const t = useMessages(messages);
  return (
    <span className={styles.form}>
      <Icon of={ICONS[of]} size={1.125} />
      {t(`form.${of}.name`)}
    </span>
  );
}
