import type { ReactNode } from "react";
import { useFormat, useMessages } from "@/i18n";
import { Card, Facts } from "@/ui/Card";
import { appointmentMessages } from "../appointment/messages";
import { messages } from "../messages";
import { minutesOf } from "../model/appointment";
import type { CitizenAppointment } from "../model/types";
import { FormName } from "./FormName";
import styles from "./Summary.module.css";
import { Text } from "./Text";

/** When, how, where, with whom. */
export function AppointmentFacts({ appointment }: { appointment: CitizenAppointment }) {
  const t = useMessages(appointmentMessages);
  const booking = useMessages(messages);
  const format = useFormat();
  const { office } = appointment;
  const fact = (term: string, value: ReactNode) => (value ? [{ term, value }] : []);
  return (
    <Card>
      <Facts
        items={[
          {
            term: t("facts.when"),
            value: (
              <>
                {format.longDate(appointment.start)},{" "}
                <span className={styles.hours}>
                  {format.range(appointment.start, minutesOf(appointment))}
                </span>
              </>
            ),
          },
          { term: t("facts.matter"), value: <Text of={appointment.matter_name} /> },
          { term: t("facts.form"), value: <FormName of={appointment.form} /> },
          ...fact(
            t("facts.place"),
            appointment.form === "in_person" ? (
              <>
                {appointment.place ? (
                  <>
                    {appointment.place}
                    <br />
                  </>
                ) : null}
                {office.address}, {office.postcode} {office.town}
              </>
            ) : null,
          ),
          ...fact(t("facts.phone"), appointment.form === "phone" ? appointment.phone : null),
          ...fact(t("facts.official"), appointment.official_name),
          ...fact(t("facts.name"), appointment.name),
          ...fact(t("facts.on_behalf_of"), appointment.on_behalf_of),
          ...fact(
            t("facts.people"),
            appointment.people > 1 ? booking("people", { count: appointment.people }) : null,
          ),
          ...fact(t("facts.interpreter"), appointment.interpreter ? t("facts.ordered") : null),
          ...fact(t("facts.accessibility"), appointment.accessibility),
        ]}
      />
    </Card>
  );
}
