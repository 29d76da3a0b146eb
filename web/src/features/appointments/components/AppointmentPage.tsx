import { useQuery } from "@tanstack/react-query";
import { Mail, Phone } from "lucide-react";
import { useParams } from "wouter";
import { ApiProblem } from "@/api/problem";
import type { Appointment, AppointmentSummary } from "@/api/types";
import { Panel } from "@/features/rooms/components/Panel";
import panelStyles from "@/features/rooms/components/RoomPage.module.css";
import { DeliveryState } from "@/features/rooms/components/DeliveryState";
import { useNow } from "@/features/rooms/hooks/useNow";
import { LoadFailed } from "@/forms/LoadFailed";
import { commonMessages, useFormat, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { Button, ButtonLink } from "@/ui/Button";
import { Facts } from "@/ui/Card";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { PageSpinner } from "@/ui/Spinner";
import { appointmentQueries } from "../api/appointments";
import { messages } from "../messages";
import { officeDay } from "../model/days";
import { Actions } from "./Actions";
import styles from "./AppointmentPage.module.css";
import { FormMark, Marks } from "./Marks";
import { NotesPanel } from "./NotesPanel";
import rowStyles from "./Row.module.css";

export default function AppointmentPage() {
  const t = useMessages(messages);
  const { appointment: id = "" } = useParams();
  const appointment = useQuery(appointmentQueries.one(id));
  if (appointment.isPending) return <PageSpinner />;
  if (!appointment.data) {
    const { code } = ApiProblem.from(appointment.error);
    if (code === "not_found" || code === "invalid") {
      return (
        <>
          <PageHeader title={t("one.not_found_title")} lead={t("one.not_found_body")} />
          <ButtonLink href="/appointments" variant="secondary">
            {t("one.back")}
          </ButtonLink>
        </>
      );
    }
    return (
      <>
        <PageHeader title={t("one.title")} />
        <LoadFailed error={appointment.error} onRetry={() => void appointment.refetch()} />
      </>
    );
  }
  return (
    <Shown
      key={appointment.data.id}
      appointment={appointment.data}
      busy={appointment.isFetching}
      onReload={() => void appointment.refetch()}
    />
  );
}

function Shown({
  appointment,
  busy,
  onReload,
}: {
  appointment: Appointment;
  busy: boolean;
  onReload: () => void;
}) {
  const t = useMessages(messages);
  const format = useFormat();
  const now = useNow(15_000);
  // The list of the day is read often and written into no log: who waits comes from there.
  const day = useQuery(appointmentQueries.day(officeDay(appointment.start), appointment.official));
  const live = day.data?.appointments.find((one) => one.id === appointment.id);
  const newer = live !== undefined && live.version > appointment.version;
  const summary: AppointmentSummary =
    live && live.version >= appointment.version ? live : appointment;
  const { start, end } = summary;
  const minutes = (Date.parse(end) - Date.parse(start)) / 60_000;
  return (
    <>
      <PageHeader
        title={summary.name}
        over={<Link href={`/appointments?date=${officeDay(start)}`}>{t("one.back")}</Link>}
        lead={
          <span className={styles.when}>
            {format.longDate(start)}, <span>{format.range(start, minutes)}</span>
          </span>
        }
        actions={<Actions appointment={summary} now={now} size="l" variant="primary" />}
      />
      <p className={styles.marks}>
        <FormMark form={summary.form} />
        <Marks appointment={summary} />
      </p>
      {newer ? (
        <Notice
          slim
          live="polite"
          title={t("one.changed")}
          actions={
            <Button variant="secondary" size="s" busy={busy} onClick={onReload}>
              {t("one.reload")}
            </Button>
          }
        />
      ) : null}
      <div className={panelStyles.columns}>
        <div className={panelStyles.main}>
          <NotesPanel appointment={appointment} />
          <Panel heading={t("one.answers")}>
            <Answers appointment={appointment} />
          </Panel>
          <Panel heading={t("one.log")}>
            <Log appointment={appointment} />
          </Panel>
        </div>
        <div className={panelStyles.side}>
          <Panel heading={t("one.contact")}>
            <Contact appointment={appointment} />
          </Panel>
          <Panel heading={t("one.details")}>
            <Details appointment={appointment} />
          </Panel>
        </div>
      </div>
    </>
  );
}

function Contact({ appointment }: { appointment: Appointment }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const { phone, email, language, on_behalf_of, people, mail } = appointment;
  return (
    <>
      {phone ? (
        <p className={styles.reach}>
          <Icon of={Phone} size={1.1} />
          <a href={`tel:${phone.replace(/[^+\d]/g, "")}`}>{phone}</a>
        </p>
      ) : null}
      {email ? (
        <p className={styles.reach}>
          <Icon of={Mail} size={1.1} />
          <a href={`mailto:${email}`}>{email}</a>
        </p>
      ) : null}
      {!phone && !email ? <p className={styles.soft}>{t("one.no_contact")}</p> : null}
      {mail ? <DeliveryState delivery={mail} /> : null}
      <Facts
        items={[
          { term: t("one.language"), value: common(`language.${language}`) },
          { term: t("one.people"), value: String(people) },
          ...(on_behalf_of ? [{ term: t("one.on_behalf_of"), value: on_behalf_of }] : []),
        ]}
      />
    </>
  );
}

function Details({ appointment }: { appointment: Appointment }) {
  const t = useMessages(messages);
  const { matter_name, code, official_name, place, interpreter, accessibility_needs } = appointment;
  return (
    <Facts
      items={[
        { term: t("one.matter"), value: pick(matter_name, t.language) },
        { term: t("one.code"), value: <span className={rowStyles.code}>{code}</span> },
        { term: t("one.official"), value: official_name },
        ...(place ? [{ term: t("one.place"), value: place }] : []),
        ...(interpreter ? [{ term: t("mark.interpreter"), value: t("one.yes") }] : []),
        ...(accessibility_needs
          ? [{ term: t("mark.accessibility"), value: accessibility_needs }]
          : []),
      ]}
    />
  );
}

function Answers({ appointment }: { appointment: Appointment }) {
  const t = useMessages(messages);
  const { answers, documents } = appointment;
  if (answers.length === 0 && documents.length === 0) {
    return <p className={styles.soft}>{t("one.no_answers")}</p>;
  }
  return (
    <>
      {answers.length > 0 ? (
        <Facts
          items={answers.map((one) => ({
            term: pick(one.label, t.language),
            value: one.value === "yes" || one.value === "no" ? t(`one.${one.value}`) : one.value,
          }))}
        />
      ) : null}
      {documents.length > 0 ? (
        <>
          <h3 className={styles.small}>{t("one.documents")}</h3>
          <ul className={styles.bullets}>
            {documents.map((document, index) => (
              <li key={index}>{pick(document, t.language)}</li>
            ))}
          </ul>
        </>
      ) : null}
    </>
  );
}

function Log({ appointment }: { appointment: Appointment }) {
  const t = useMessages(messages);
  const format = useFormat();
  return (
    <ol role="list" className={styles.log}>
      {appointment.log.map((entry, index) => {
        const event = `log.${entry.event}`;
        return (
          <li key={index}>
            <time dateTime={entry.at}>{format.dateTime(entry.at)}</time>
            <span>
              {t.has(event) ? t(event) : entry.event}
              {entry.by ? <span className={styles.soft}> · {entry.by}</span> : null}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
