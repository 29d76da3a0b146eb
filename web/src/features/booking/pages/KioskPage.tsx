import { CircleCheck, Delete } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useParams } from "wouter";
import { ApiProblem, useProblemText } from "@/api/problem";
import { useFormat, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { checkIn, findOffice } from "../api";
import { LoadingPage } from "../components/Loading";
import { Text } from "../components/Text";
import { useLoad } from "../hooks/useLoad";
import { kioskMessages } from "../kiosk/messages";
import { CODE_SIGNS, isWhole, readCode, showCode } from "../model/kiosk";
import type { CheckedIn, PublicOffice } from "../model/types";
import styles from "./KioskPage.module.css";

/** The next one at the screen finds it empty; who needs longer only has to read. */
const RESET_MS = 30_000;

/** `/booking/kiosk/<office>`: stands in the hall; whoever comes types the code of their appointment. */
export default function KioskPage() {
  const { office = "" } = useParams();
  const { state, again } = useLoad(`office:${office}`, (signal) => findOffice(office, signal));
  return (
    <LoadingPage state={state} onRetry={again}>
      {(found) => <Kiosk office={found} />}
    </LoadingPage>
  );
}

function Kiosk({ office }: { office: PublicOffice }) {
  const [done, setDone] = useState<CheckedIn | null>(null);
  return done ? (
    <Welcome done={done} onEnd={() => setDone(null)} />
  ) : (
    <Entry office={office} onDone={setDone} />
  );
}

function Entry({ office, onDone }: { office: PublicOffice; onDone: (done: CheckedIn) => void }) {
  const t = useMessages(kioskMessages);
  const text = useProblemText();
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ text: string } | null>(null);
  const input = useRef<HTMLInputElement>(null);

  // What somebody left behind is nobody else's.
  useEffect(() => {
    if (code === "" && !problem) return;
    const timer = setTimeout(() => {
      setCode("");
      setProblem(null);
    }, RESET_MS * 2);
    return () => clearTimeout(timer);
  }, [code, problem]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    if (!isWhole(code)) {
      setProblem({ text: t("kiosk.incomplete") });
      input.current?.focus();
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      onDone(await checkIn(office.id, code));
    } catch (error) {
      setProblem({ text: text(ApiProblem.from(error)) });
      setBusy(false);
      input.current?.focus();
    }
  }

  return (
    <div className={styles.kiosk}>
      <PageHeader
        over={<Text of={office.name} />}
        title={t("kiosk.title")}
        lead={t("kiosk.lead")}
      />
      <form className={styles.form} noValidate onSubmit={(event) => void submit(event)}>
        <label htmlFor="code" className={styles.label}>
          {t("kiosk.code")}
        </label>
        <input
          ref={input}
          id="code"
          className={styles.code}
          value={showCode(code)}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          inputMode="none"
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? "problem" : undefined}
          onChange={(event) => setCode(readCode(event.target.value))}
        />
        <div role="alert" id="problem" className={styles.problem}>
          {problem ? <Notice tone="bad">{problem.text}</Notice> : null}
        </div>
        <div className={styles.keys} role="group" aria-label={t("kiosk.keys")}>
          {[...CODE_SIGNS].map((sign) => (
            <button
              key={sign}
              type="button"
              className={styles.key}
              onClick={() => setCode((before) => readCode(before + sign))}
            >
              {sign}
            </button>
          ))}
          <button
            type="button"
            className={styles.key}
            aria-label={t("kiosk.delete")}
            onClick={() => setCode((before) => before.slice(0, -1))}
          >
            <Icon of={Delete} size={1.75} />
          </button>
        </div>
        <Button type="submit" size="l" busy={busy} className={styles.submit}>
          {t("kiosk.submit")}
        </Button>
      </form>
    </div>
  );
}

function Welcome({ done, onEnd }: { done: CheckedIn; onEnd: () => void }) {
  const t = useMessages(kioskMessages);
  const format = useFormat();
  useEffect(() => {
    const timer = setTimeout(onEnd, RESET_MS);
    return () => clearTimeout(timer);
  }, [onEnd]);
  return (
    <div className={styles.kiosk} role="status">
      <Icon of={CircleCheck} size={4} className={styles.tick} />
      <PageHeader title={t("kiosk.welcome")} lead={t("kiosk.welcome_lead")} />
      <p className={styles.big}>
        {t("kiosk.your_code")} <strong>{done.code}</strong>
      </p>
      <p className={styles.big}>
        {t("kiosk.your_time")} <strong>{format.time(done.start)}</strong>
      </p>
      {done.place ? (
        <p className={styles.big}>
          {t("kiosk.your_place")} <strong>{done.place}</strong>
        </p>
      ) : null}
      <div>
        <Button size="l" onClick={onEnd}>
          {t("kiosk.end")}
        </Button>
      </div>
    </div>
  );
}
