import { useMessages } from "@/i18n";
import { PageHeader } from "@/ui/PageHeader";
import { messages } from "../messages";
import { PersonalData } from "./PersonalData";
import { SetupArea } from "./SetupArea";
import styles from "./Setup.module.css";
import { Webhooks } from "./Webhooks";

export default function DataPage() {
  const t = useMessages(messages);
  return (
    <>
      <PageHeader title={t("data.title")} lead={t("data.lead")} />
      <SetupArea>
        <div className={styles.stack}>
          <PersonalData />
          <Webhooks />
        </div>
      </SetupArea>
    </>
  );
}
