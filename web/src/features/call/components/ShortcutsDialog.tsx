import { useMessages } from "@/i18n";
import { Notice } from "@/ui/Notice";
import { Dialog } from "@/ui/aria/Dialog";
import { messages } from "../messages";
import { useSettings } from "../model/settings";
import { SHORTCUTS } from "../model/shortcuts";
import styles from "./Dialogs.module.css";

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const t = useMessages(messages);
  const on = useSettings((settings) => settings.shortcuts);
  return (
    <Dialog open onClose={onClose} title={t("shortcuts.title")}>
      {on ? <p>{t("shortcuts.intro")}</p> : <Notice tone="info">{t("shortcuts.off")}</Notice>}
      <table className={styles.keys}>
        <thead>
          <tr>
            <th scope="col">{t("shortcuts.key")}</th>
            <th scope="col">{t("shortcuts.action")}</th>
          </tr>
        </thead>
        <tbody>
          {SHORTCUTS.map(({ key, does }) => (
            <tr key={key}>
              <td>
                <kbd>{key.toUpperCase()}</kbd>
              </td>
              <td>{t(`shortcuts.${does}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
