import { ChevronRight, Inbox } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "wouter";
import { useLanguage, useMessages } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";
import { TextField } from "@/ui/Field";
import { Icon } from "@/ui/Icon";
import { findMatters, findOffice } from "../api";
import { FormName } from "../components/FormName";
import list from "../components/List.module.css";
import { LoadingStep } from "../components/Loading";
import { OfficeCard } from "../components/OfficeCard";
import { Text } from "../components/Text";
import { useLoad } from "../hooks/useLoad";
import { messages } from "../messages";
import { matterAddress } from "../model/address";
import { pick } from "@/i18n/localized";
import type { PublicMatter, PublicOffice } from "../model/types";

/** From so many matters on one may narrow the list down. */
const MANY = 8;

/** The second step: what one comes with. */
export default function MattersPage() {
  const t = useMessages(messages);
  const { office = "" } = useParams();
  const { state, again } = useLoad(
    `matters:${office}`,
    (signal) => Promise.all([findOffice(office, signal), findMatters(office, signal)]),
    { keep: true },
  );
  return (
    <LoadingStep
      state={state}
      onRetry={again}
      step={2}
      title={t("matters.title")}
      lead={t("matters.lead")}
      aside={([found]) => <OfficeCard office={found} />}
    >
      {([found, matters]) => <Matters office={found} matters={matters} />}
    </LoadingStep>
  );
}

function Matters({ office, matters }: { office: PublicOffice; matters: PublicMatter[] }) {
  const t = useMessages(messages);
  const language = useLanguage();
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const shown = matters.filter((matter) =>
    [matter.name, matter.description].some((words) =>
      pick(words, language).toLowerCase().includes(wanted),
    ),
  );
  return (
    <>
      {matters.length >= MANY ? (
        <TextField
          id="matter-search"
          label={t("matters.search")}
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      ) : null}
      <p role="status" className="visually-hidden">
        {wanted ? t("matters.found", { count: shown.length }) : ""}
      </p>
      {shown.length === 0 ? (
        <EmptyState
          icon={Inbox}
          title={matters.length === 0 ? t("matters.none") : t("matters.none_found")}
        >
          {matters.length === 0 && office.phone
            ? t("matters.none_call", { phone: office.phone })
            : null}
        </EmptyState>
      ) : (
        <ul role="list" className={list.list}>
          {shown.map((matter) => (
            <li key={matter.id} className={list.item}>
              <Link href={matterAddress(office.id, matter.id)} className={list.link}>
                <Text of={matter.name} />
              </Link>
              <p className={list.about}>
                <Text of={matter.description} />
              </p>
              <div className={list.facts}>
                <span>{t("minutes", { count: matter.duration_minutes })}</span>
                {matter.forms.map((form) => (
                  <FormName key={form} of={form} />
                ))}
              </div>
              <Icon of={ChevronRight} className={list.go} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
