import { CalendarSync } from "lucide-react";
import { useState } from "react";
import { useProblemText } from "@/api/problem";
import { commonMessages, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Notice } from "@/ui/Notice";
import { useMakeCalendar } from "../api/appointments";
import { messages } from "../messages";

/** The official's appointments in their own calendar program. */
export function CalendarFeed() {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const problemText = useProblemText();
  const make = useMakeCalendar();
  const [open, setOpen] = useState(false);
  const close = () => {
    setOpen(false);
    make.reset();
  };
  return (
    <>
      <Button variant="secondary" icon={CalendarSync} onClick={() => setOpen(true)}>
        {t("feed.open")}
      </Button>
      {open ? (
        <Dialog
          open
          title={t("feed.title")}
          onClose={close}
          actions={
            make.data ? (
              <Button variant="secondary" onClick={close}>
                {common("actions.close")}
              </Button>
            ) : (
              <>
                <Button busy={make.isPending} onClick={() => make.mutate()}>
                  {t("feed.make")}
                </Button>
                <Button variant="secondary" onClick={close}>
                  {common("actions.cancel")}
                </Button>
              </>
            )
          }
        >
          <p>{t("feed.body")}</p>
          {make.data ? (
            <>
              <CopyField label={t("feed.address")} value={make.data.url} />
              <p>{t("feed.once")}</p>
            </>
          ) : (
            <p>{t("feed.replaces")}</p>
          )}
          {make.isError ? (
            <Notice tone="bad" live="polite">
              {problemText(make.error)}
            </Notice>
          ) : null}
        </Dialog>
      ) : null}
    </>
  );
}
