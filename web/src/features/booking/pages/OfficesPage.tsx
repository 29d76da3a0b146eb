import { ChevronRight, Search, SearchX } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { TextField } from "@/ui/Field";
import { Icon } from "@/ui/Icon";
import { findOffices } from "../api";
import { Loading } from "../components/Loading";
import list from "../components/List.module.css";
import { Step } from "../components/Step";
import { Text } from "../components/Text";
import { useLoad } from "../hooks/useLoad";
import { messages } from "../messages";
import { officeAddress, START } from "../model/address";
import type { PublicOffice } from "../model/types";
import styles from "./OfficesPage.module.css";

/** The first step: which office. */
export default function OfficesPage() {
  const t = useMessages(messages);
  const [params] = useSearchParams();
  const [, navigate] = useLocation();
  const q = (params.get("q") ?? "").trim();
  const { state, again } = useLoad(`offices:${q}`, (signal) => findOffices(q, signal), {
    keep: true,
  });

  return (
    <Step step={1} title={t("offices.title")} lead={t("offices.lead")}>
      <SearchForm
        key={q}
        q={q}
        onSearch={(next) => navigate(next ? `${START}?${new URLSearchParams({ q: next })}` : START)}
      />
      <Loading state={state} onRetry={again}>
        {(offices) => <Found q={q} offices={offices} />}
      </Loading>
      <p className={styles.have}>{t("offices.already")}</p>
    </Step>
  );
}

function SearchForm({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  const t = useMessages(messages);
  const [text, setText] = useState(q);
  function submit(event: FormEvent) {
    event.preventDefault();
    onSearch(text.trim());
  }
  return (
    <form role="search" className={styles.search} onSubmit={submit}>
      <TextField
        id="office-search"
        className={styles.field}
        label={t("offices.search")}
        hint={t("offices.search_hint")}
        type="search"
        enterKeyHint="search"
        autoComplete="postal-code"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" icon={Search}>
        {t("offices.find")}
      </Button>
    </form>
  );
}

function Found({ q, offices }: { q: string; offices: PublicOffice[] }) {
  const t = useMessages(messages);
  if (offices.length === 0) {
    return (
      <div role="status">
        <EmptyState icon={SearchX} title={q ? t("offices.none", { q }) : t("offices.none_at_all")}>
          {q ? t("offices.none_hint") : null}
        </EmptyState>
      </div>
    );
  }
  return (
    <section className={styles.found} aria-labelledby="found">
      <h2 id="found" className={styles.heading}>
        {q ? t("offices.found", { count: offices.length }) : t("offices.all")}
      </h2>
      <p role="status" className="visually-hidden">
        {q ? t("offices.found", { count: offices.length }) : ""}
      </p>
      <ul role="list" className={list.list}>
        {offices.map((office) => (
          <li key={office.id} className={list.item}>
            <Link href={officeAddress(office.id)} className={list.link}>
              <Text of={office.name} />
            </Link>
            <p className={list.about}>
              {office.address}, {office.postcode} {office.town}
            </p>
            <Icon of={ChevronRight} className={list.go} />
          </li>
        ))}
      </ul>
    </section>
  );
}
