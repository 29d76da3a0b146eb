import { useQuery } from "@tanstack/react-query";
import { ChartColumn, Download } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { useProblemText } from "@/api/problem";
import type { Figures, Statistics } from "@/api/types";
import { useNow } from "@/features/rooms/hooks/useNow";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { DateField } from "@/ui/aria/DateField";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { type Column, Table } from "@/ui/Table";
import { toast } from "@/ui/Toasts";
import { saveStatistics, statisticsQuery } from "../api/statistics";
import { messages } from "../messages";
import { addDays, noon, officeDay } from "../model/days";
import { byDate, byMatter, byOfficial, meanWait, noShowShare, total } from "../model/statistics";
import { Area } from "./Area";
import { DayChart } from "./DayChart";
import styles from "./StatisticsPage.module.css";

/** Longest range, in days (booking's own limit). */
const RANGE_MAX = 400;
const USUAL_DAYS = 30;

export default function StatisticsPage() {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const today = officeDay(useNow(600_000));
  const [from, setFrom] = useState(() => addDays(today, 1 - USUAL_DAYS));
  const [to, setTo] = useState(today);
  const [saving, setSaving] = useState(false);
  const valid = from !== "" && to !== "" && from <= to && to < addDays(from, RANGE_MAX);
  const statistics = useQuery({ ...statisticsQuery(from, to), enabled: valid });

  async function save() {
    setSaving(true);
    try {
      await saveStatistics(from, to);
    } catch (error) {
      toast(problemText(error), "bad");
    }
    setSaving(false);
  }

  return (
    <>
      <PageHeader
        title={t("stats.title")}
        lead={t("stats.lead")}
        actions={
          <Button
            variant="secondary"
            icon={Download}
            busy={saving}
            aria-disabled={!valid}
            onClick={() => {
              if (valid) void save();
            }}
          >
            {t("stats.csv")}
          </Button>
        }
      />
      <Area>
        <div className={styles.tools}>
          <DateField label={t("stats.from")} value={from} onChange={setFrom} />
          <DateField
            label={t("stats.to")}
            value={to}
            error={valid ? undefined : t("stats.range", { days: RANGE_MAX })}
            onChange={setTo}
          />
          <div className={styles.presets} role="group" aria-label={t("stats.presets")}>
            {[7, 30, 90].map((days) => (
              <Button
                key={days}
                variant="secondary"
                aria-pressed={to === today && from === addDays(today, 1 - days)}
                onClick={() => {
                  setFrom(addDays(today, 1 - days));
                  setTo(today);
                }}
              >
                {t("stats.last", { count: days })}
              </Button>
            ))}
          </div>
        </div>
        {valid && statistics.isPending ? <Skeleton lines={8} /> : null}
        {statistics.isError ? (
          <LoadFailed error={statistics.error} onRetry={() => void statistics.refetch()} />
        ) : null}
        {statistics.data && valid ? (
          statistics.data.rows.length === 0 ? (
            <EmptyState icon={ChartColumn} title={t("stats.empty_title")}>
              {t("stats.empty_body")}
            </EmptyState>
          ) : (
            <Report statistics={statistics.data} from={from} to={to} />
          )
        ) : null}
      </Area>
    </>
  );
}

function Report({ statistics, from, to }: { statistics: Statistics; from: string; to: string }) {
  const t = useMessages(messages);
  const format = useFormat();
  const write = useWrite();
  const sum = total(statistics.rows);
  const days = byDate(statistics.rows, from, to);
  const matters = byMatter(statistics);
  const officials = byOfficial(statistics);
  const most = Math.max(1, ...matters.map((one) => one.figures.booked));

  const figures: Column<{ figures: Figures }>[] = [
    {
      key: "booked",
      header: t("stats.booked"),
      align: "end",
      cell: (row) => format.number(row.figures.booked),
    },
    {
      key: "done",
      header: t("stats.done"),
      align: "end",
      cell: (row) => format.number(row.figures.done),
    },
    {
      key: "no_show",
      header: t("stats.no_show"),
      align: "end",
      cell: (row) => write.noShow(row.figures),
    },
    {
      key: "cancelled",
      header: t("stats.cancelled"),
      align: "end",
      cell: (row) => format.number(row.figures.cancelled),
    },
    { key: "wait", header: t("stats.wait"), align: "end", cell: (row) => write.wait(row.figures) },
  ];

  return (
    <div className={styles.report}>
      <dl className={styles.tiles}>
        <Tile term={t("stats.booked")}>{format.number(sum.booked)}</Tile>
        <Tile term={t("stats.done")}>{format.number(sum.done)}</Tile>
        <Tile term={t("stats.no_show")}>{write.noShow(sum)}</Tile>
        <Tile term={t("stats.cancelled")}>{format.number(sum.cancelled)}</Tile>
        <Tile term={t("stats.wait")}>{write.wait(sum)}</Tile>
        <Tile term={t("stats.wait_max")}>
          {sum.waits === 0 ? "–" : write.minutes(sum.wait_max_seconds / 60)}
        </Tile>
      </dl>
      <Part heading={t("stats.by_day")}>
        <DayChart days={days} />
        <details className={styles.details}>
          <summary>{t("stats.as_table")}</summary>
          <Table
            caption={t("stats.by_day")}
            rows={days.filter((day) => day.figures.booked > 0)}
            rowKey={(day) => day.date}
            columns={[
              {
                key: "date",
                header: t("stats.day"),
                rowHeader: true,
                cell: (day) => format.date(noon(day.date)),
              },
              ...figures,
            ]}
          />
        </details>
      </Part>
      <Part heading={t("stats.by_matter")}>
        <Table
          caption={t("stats.by_matter")}
          rows={matters}
          rowKey={(matter) => matter.id}
          columns={[
            {
              key: "name",
              header: t("one.matter"),
              rowHeader: true,
              cell: (matter) => (
                <Bar share={matter.figures.booked / most}>{pick(matter.name, t.language)}</Bar>
              ),
            },
            ...figures,
          ]}
        />
      </Part>
      <Part heading={t("stats.by_official")}>
        <p className={styles.note}>{t("stats.load_note")}</p>
        <Table
          caption={t("stats.by_official")}
          rows={officials}
          rowKey={(official) => official.id}
          columns={[
            {
              key: "name",
              header: t("one.official"),
              rowHeader: true,
              cell: (official) => <Bar share={official.load ?? 0}>{official.name}</Bar>,
            },
            {
              key: "load",
              header: t("stats.load"),
              align: "end",
              cell: (official) => (official.load === null ? "–" : write.share(official.load)),
            },
            ...figures,
          ]}
        />
      </Part>
    </div>
  );
}

function useWrite() {
  const t = useMessages(messages);
  const format = useFormat();
  const share = (value: number) =>
    format.number(value, { style: "percent", maximumFractionDigits: 0 });
  const minutes = (value: number) =>
    t("stats.minutes", {
      value: format.number(value, { maximumFractionDigits: value < 10 ? 1 : 0 }),
    });
  return {
    share,
    minutes,
    noShow: (figures: Figures) => {
      const part = noShowShare(figures);
      const count = format.number(figures.no_show);
      return part === null ? count : `${count} (${share(part)})`;
    },
    wait: (figures: Figures) => {
      const mean = meanWait(figures);
      return mean === null ? "–" : minutes(mean);
    },
  };
}

function Tile({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className={styles.tile}>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Part({ heading, children }: { heading: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.part} aria-labelledby={id}>
      <h2 id={id}>{heading}</h2>
      {children}
    </section>
  );
}

/** A name with a bar under it; the number itself stands in the row. */
function Bar({ share, children }: { share: number; children: ReactNode }) {
  return (
    <span className={styles.bar}>
      {children}
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden focusable="false">
        <rect className={styles.ground} width="100" height="6" />
        <rect className={styles.filled} width={Math.min(1, share) * 100} height="6" />
      </svg>
    </span>
  );
}
