import { useMessages } from "@/i18n";
import { Checkbox } from "@/ui/Field";
import { Dialog } from "@/ui/aria/Dialog";
import { messages } from "../messages";
import { type CallSettings, setAnnounce, useSettings } from "../model/settings";
import styles from "./Dialogs.module.css";

const ANNOUNCED: readonly (keyof CallSettings["announce"])[] = [
  "people",
  "speakers",
  "chat",
  "hands",
  "waiting",
];
const OTHERS = ["sounds", "shortcuts", "mirror"] as const;

export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const t = useMessages(messages);
  const settings = useSettings();
  return (
    <Dialog open onClose={onClose} title={t("settings.title")}>
      <fieldset className={styles.group}>
        <legend className={styles.legend}>{t("settings.announce")}</legend>
        {ANNOUNCED.map((key) => (
          <Checkbox
            key={key}
            label={t(`settings.${key}`)}
            checked={settings.announce[key]}
            onChange={(event) => setAnnounce({ [key]: event.target.checked })}
          />
        ))}
      </fieldset>
      <fieldset className={styles.group}>
        <legend className={styles.legend}>{t("settings.other")}</legend>
        {OTHERS.map((key) => (
          <Checkbox
            key={key}
            label={t(`settings.${key}`)}
            checked={settings[key]}
            onChange={(event) => useSettings.setState({ [key]: event.target.checked })}
          />
        ))}
      </fieldset>
    </Dialog>
  );
}
