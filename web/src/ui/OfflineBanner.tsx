import { WifiOff } from "lucide-react";
import { useSyncExternalStore } from "react";
import { commonMessages, useMessages } from "@/i18n";
import { Icon } from "./Icon";
import styles from "./OfflineBanner.module.css";

function subscribe(listener: () => void) {
  addEventListener("online", listener);
  addEventListener("offline", listener);
  return () => {
    removeEventListener("online", listener);
    removeEventListener("offline", listener);
  };
}

export function useOnline(): boolean {
  return useSyncExternalStore(subscribe, () => navigator.onLine);
}

export function OfflineBanner() {
  const t = useMessages(commonMessages);
  const online = useOnline();
  return (
    <div role="status">
      {online ? null : (
        <p className={styles.banner}>
          <Icon of={WifiOff} />
          <span>
            <strong>{t("offline.title")}.</strong> {t("offline.body")}
          </span>
        </p>
      )}
    </div>
  );
}
