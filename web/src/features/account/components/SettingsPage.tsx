import { useSignedIn } from "@/api/me";
import { useMessages } from "@/i18n";
import { PageHeader } from "@/ui/PageHeader";
import { messages } from "../messages";
import { PasswordSection } from "./PasswordSection";
import { ProfileSection } from "./ProfileSection";
import { SessionsSection } from "./SessionsSection";
import styles from "./SettingsPage.module.css";
import { TotpSection } from "./TotpSection";

export default function SettingsPage() {
  const t = useMessages(messages);
  const me = useSignedIn();
  return (
    <>
      <PageHeader title={t("settings.title")} />
      <div className={styles.sections}>
        <ProfileSection me={me} />
        <PasswordSection me={me} />
        <TotpSection enabled={me.totp_enabled} />
        <SessionsSection />
      </div>
    </>
  );
}
