import { useParams } from "wouter";
import { useMessages } from "@/i18n";
import { Link } from "@/ui/Link";
import { messages } from "../messages";
import { OfficialHours } from "./OfficialHours";

/** Somebody's hours, as an administrator sets them. */
export default function OfficialPage() {
  const t = useMessages(messages);
  const { official = "" } = useParams();
  return (
    <OfficialHours
      official={official}
      over={<Link href="/booking-setup/officials">{t("officials.back")}</Link>}
    />
  );
}
