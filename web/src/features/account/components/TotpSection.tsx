import { ShieldCheck, ShieldOff } from "lucide-react";
import { useState } from "react";
import type { TotpEnrolment } from "@/api/types";
import { useMessages } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { toast } from "@/ui/Toasts";
import { useDisableTotp, useStartTotp } from "../api/account";
import { messages } from "../messages";
import { PasswordDialog } from "./PasswordDialog";
import { Section } from "./Section";
import { TotpEnrolDialog } from "./TotpEnrolDialog";

type Step = { at: "rest" } | { at: "password" } | { at: "enrol"; enrolment: TotpEnrolment };

export function TotpSection({ enabled }: { enabled: boolean }) {
  const t = useMessages(messages);
  const start = useStartTotp();
  const disable = useDisableTotp();
  const [step, setStep] = useState<Step>({ at: "rest" });
  const rest = () => setStep({ at: "rest" });

  async function turnOff(password: string) {
    await disable.mutateAsync(password);
    rest();
    toast(t("totp.disabled"));
  }

  return (
    <Section
      heading={t("totp.heading")}
      about={t("totp.about")}
      aside={
        enabled ? (
          <Badge tone="good" icon={ShieldCheck}>
            {t("totp.on")}
          </Badge>
        ) : (
          <Badge icon={ShieldOff}>{t("totp.off")}</Badge>
        )
      }
    >
      <div>
        <Button variant="secondary" onClick={() => setStep({ at: "password" })}>
          {enabled ? t("totp.disable") : t("totp.enable")}
        </Button>
      </div>
      {step.at === "password" ? (
        enabled ? (
          <PasswordDialog
            title={t("totp.disable_title")}
            body={t("totp.disable_body")}
            submit={t("totp.disable")}
            onSubmit={turnOff}
            onClose={rest}
          />
        ) : (
          <PasswordDialog
            title={t("totp.password_title")}
            submit={t("totp.next")}
            onSubmit={async (password) =>
              setStep({ at: "enrol", enrolment: await start.mutateAsync(password) })
            }
            onClose={rest}
          />
        )
      ) : null}
      {step.at === "enrol" ? (
        <TotpEnrolDialog
          enrolment={step.enrolment}
          onClose={rest}
          onDone={() => {
            rest();
            toast(t("totp.enabled"));
          }}
        />
      ) : null}
    </Section>
  );
}
