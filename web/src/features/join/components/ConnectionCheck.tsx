import { CircleAlert, CircleCheck, CircleDashed, CircleX, Signal } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import type { ProbeGrant } from "@/api/types";
import { type Translate, useFormat, useMessages } from "@/i18n";
import { type ConnectionReport, type StepState, testConnection, type TestStep } from "@/rtc";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { Notice, type Tone } from "@/ui/Notice";
import { Spinner } from "@/ui/Spinner";
import type pl from "../i18n/pl.json";
import { messages } from "../messages";
import styles from "./ConnectionCheck.module.css";

const TONES: Record<NonNullable<ConnectionReport["verdict"]>, Tone> = {
  good: "good",
  usable: "warn",
  bad: "bad",
};

/** The devices have their own preview beside this; here it is about the way to the server. */
const SHOWN: readonly TestStep[] = ["browser", "server", "media", "quality"];

interface Props {
  /** Asked for anew at every check: a grant lives for minutes only. */
  probe: () => Promise<ProbeGrant>;
  /** Check at once, without a click. */
  auto: boolean;
}

/** Tells in plain words whether a call will work from here, and what to do if not. */
export function ConnectionCheck({ probe, auto }: Props) {
  const t = useMessages(messages);
  const [report, setReport] = useState<ConnectionReport | null>(null);
  const [running, setRunning] = useState(false);
  const stop = useRef<AbortController | null>(null);

  const run = useCallback(async () => {
    stop.current?.abort();
    const mine = new AbortController();
    stop.current = mine;
    setRunning(true);
    setReport(null);
    try {
      const final = await testConnection({
        probe: await probe(),
        devices: { microphone: false, camera: false },
        onProgress: (progress) => {
          if (!mine.signal.aborted) setReport(progress);
        },
        signal: mine.signal,
      });
      if (!mine.signal.aborted) setReport(final);
    } catch {
      // Stopped, or the grant could not be had: the server is out of reach.
      if (!mine.signal.aborted) setReport(UNREACHABLE);
    }
    if (!mine.signal.aborted) setRunning(false);
  }, [probe]);

  useEffect(() => {
    const timer = auto ? setTimeout(() => void run()) : undefined;
    return () => {
      clearTimeout(timer);
      stop.current?.abort();
    };
  }, [auto, run]);

  return (
    <section className={styles.check} aria-labelledby="connection-check">
      <h2 id="connection-check" className={styles.heading}>
        {t("test.heading")}
      </h2>
      <div role="status">
        {running ? (
          <p className={styles.running}>
            <Spinner size={1.25} />
            {t("test.running")}
          </p>
        ) : report?.verdict ? (
          <Verdict report={report} />
        ) : null}
      </div>
      {report && !running ? <Details report={report} /> : null}
      {running ? null : (
        <Button variant="secondary" size="s" icon={Signal} onClick={() => void run()}>
          {t(report ? "test.again" : "test.start")}
        </Button>
      )}
    </section>
  );
}

const UNREACHABLE: ConnectionReport = {
  steps: {
    browser: "ok",
    server: "failed",
    media: "skipped",
    quality: "skipped",
    microphone: "skipped",
    camera: "skipped",
  },
  problems: ["server_unreachable"],
  serverCode: null,
  microphone: null,
  camera: null,
  path: null,
  rttMs: null,
  jitterMs: null,
  loss: null,
  verdict: "bad",
};

export function Verdict({ report }: { report: ConnectionReport }) {
  const t = useMessages(messages);
  if (!report.verdict) return null;
  return (
    <Notice tone={TONES[report.verdict]} title={t(`test.verdict.${report.verdict}`)}>
      {report.problems.length > 0 ? (
        <ul role="list" className={styles.problems}>
          {report.problems.map((problem) => (
            <li key={problem}>{t(`test.problem.${problem}`)}</li>
          ))}
        </ul>
      ) : null}
    </Notice>
  );
}

const GLYPHS = {
  pending: CircleDashed,
  running: CircleDashed,
  skipped: CircleDashed,
  ok: CircleCheck,
  warning: CircleAlert,
  failed: CircleX,
} as const;

function Details({ report }: { report: ConnectionReport }) {
  const t = useMessages(messages);
  const figures = useFigures(t, report);
  return (
    <details className={styles.details}>
      <summary>{t("test.details")}</summary>
      <ul role="list" className={styles.steps}>
        {SHOWN.map((step) => {
          const state: StepState = report.steps[step];
          return (
            <li key={step} className={styles.step}>
              <Icon of={GLYPHS[state]} className={cx(styles.glyph, styles[state])} />
              <span>{t(`test.step.${step}`)}</span>
              <span className={styles.state}>{t(`test.state.${state}`)}</span>
            </li>
          );
        })}
      </ul>
      {figures.length > 0 ? <p className={styles.figures}>{figures.join(" · ")}</p> : null}
    </details>
  );
}

function useFigures(t: Translate<typeof pl>, { path, rttMs, loss }: ConnectionReport): string[] {
  const format = useFormat();
  const figures: string[] = [];
  if (path) figures.push(t(`test.path.${path}`));
  if (rttMs !== null) figures.push(t("test.rtt", { ms: Math.round(rttMs) }));
  if (loss !== null) {
    const percent = format.number(loss, { style: "percent", maximumFractionDigits: 1 });
    figures.push(t("test.loss", { percent }));
  }
  return figures;
}
