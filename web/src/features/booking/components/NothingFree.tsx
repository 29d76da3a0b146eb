import { CalendarX } from "lucide-react";
import { useMessages } from "@/i18n";
import { ButtonLink } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { timesMessages } from "../times/messages";
import { joinWaitingAddress, matterAddress } from "../model/address";
import type { PickerProps } from "./SlotPicker";
import styles from "./SlotPicker.module.css";

/** Nothing can be booked with this choice: what else one can do. */
export function NothingFree({ offered: { office, matter }, choice }: PickerProps) {
  const t = useMessages(timesMessages);
  return (
    <div role="status">
      <EmptyState
        icon={CalendarX}
        title={t("nothing.title")}
        action={
          <div className={styles.nothing}>
            <ButtonLink href={joinWaitingAddress(office.id, matter.id, choice)}>
              {t("nothing.wait")}
            </ButtonLink>
            <ButtonLink variant="secondary" href={matterAddress(office.id, matter.id, choice)}>
              {t("nothing.change")}
            </ButtonLink>
          </div>
        }
      >
        <p>{t("nothing.body")}</p>
        {office.phone ? <p>{t("nothing.call", { phone: office.phone })}</p> : null}
      </EmptyState>
    </div>
  );
}
