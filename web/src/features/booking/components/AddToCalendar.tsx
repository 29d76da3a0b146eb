import { CalendarPlus } from "lucide-react";
import { useLanguage, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { Button } from "@/ui/Button";
import { appointmentMessages } from "../appointment/messages";
import { messages } from "../messages";
import type { CitizenAppointment } from "../model/types";

/** The appointment as a file that every calendar opens. */
export function AddToCalendar({ appointment }: { appointment: CitizenAppointment }) {
  const t = useMessages(appointmentMessages);
  const booking = useMessages(messages);
  const language = useLanguage();
  const { office, form } = appointment;

  async function download() {
    const { calendarFile } = await import("../model/calendar");
    const address = `${office.address}, ${office.postcode} ${office.town}`;
    const file = calendarFile(
      {
        // As the server names it in its mails.
        uid: `${appointment.id}@${location.hostname}`,
        sequence: appointment.sequence,
        start: appointment.start,
        end: appointment.end,
        summary: `${pick(office.name, language)}: ${pick(appointment.matter_name, language)}`,
        location:
          form === "in_person"
            ? [appointment.place, address].filter(Boolean).join(", ")
            : booking(`form.${form}.name`),
        description: [
          ...(appointment.code ? [`${t("appointment.code")}: ${appointment.code}`] : []),
          ...(appointment.documents.length > 0
            ? [
                `${booking("documents")}: ${appointment.documents
                  .map((document) => pick(document, language))
                  .join("; ")}`,
              ]
            : []),
          ...(appointment.join_url ? [`${t("join.title")}: ${appointment.join_url}`] : []),
        ].join("\n"),
        url: location.href,
      },
      new Date(),
    );
    const url = URL.createObjectURL(new Blob([file], { type: "text/calendar" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "szpon.ics";
    link.click();
    URL.revokeObjectURL(url);
  }

  return (
    <Button variant="secondary" icon={CalendarPlus} onClick={() => void download()}>
      {t("appointment.calendar")}
    </Button>
  );
}
