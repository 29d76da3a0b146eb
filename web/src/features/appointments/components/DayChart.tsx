import type { Figures } from "@/api/types";
import { useFormat, useMessages } from "@/i18n";
import { cx } from "@/ui/cx";
import { messages } from "../messages";
import { noon } from "../model/days";
import { axisTop } from "../model/statistics";
import styles from "./StatisticsPage.module.css";

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 48;
const BOTTOM = 30;
const TOP = 12;
const LINES = 4;
/** Dates written below, at most. */
const LABELS = 8;

interface Props {
  days: readonly { date: string; figures: Figures }[];
}

/** Appointments per day as stacked bars. The table beside it says the same to a screen reader. */
export function DayChart({ days }: Props) {
  const t = useMessages(messages);
  const format = useFormat();
  const top = axisTop(Math.max(0, ...days.map((day) => day.figures.booked)));
  const inner = HEIGHT - BOTTOM - TOP;
  const slot = (WIDTH - LEFT) / days.length;
  const bar = Math.min(32, slot * 0.72);
  const every = Math.ceil(days.length / LABELS);
  const y = (value: number) => TOP + inner * (1 - value / top);
  return (
    <figure className={styles.chart}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden focusable="false">
        {Array.from({ length: LINES + 1 }, (_, index) => (top / LINES) * index).map((value) => (
          <g key={value}>
            <line className={styles.rule} x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} />
            <text className={styles.tick} x={LEFT - 6} y={y(value) + 4} textAnchor="end">
              {format.number(value)}
            </text>
          </g>
        ))}
        {days.map(({ date, figures }, index) => {
          const x = LEFT + slot * index + (slot - bar) / 2;
          const other = Math.max(
            0,
            figures.booked - figures.done - figures.no_show - figures.cancelled,
          );
          let below = 0;
          return (
            <g key={date}>
              {(
                [
                  ["done", figures.done],
                  ["other", other],
                  ["no_show", figures.no_show],
                  ["cancelled", figures.cancelled],
                ] as const
              ).map(([kind, value]) => {
                const from = below;
                below += value;
                return value > 0 ? (
                  <rect
                    key={kind}
                    className={styles[kind]}
                    x={x}
                    width={bar}
                    y={y(below)}
                    height={y(from) - y(below)}
                  />
                ) : null;
              })}
              {index % every === 0 ? (
                <text
                  className={cx(styles.tick, (index / every) % 2 === 1 && styles.sparse)}
                  x={x + bar / 2}
                  y={HEIGHT - 6}
                  textAnchor="middle"
                >
                  {format.shortDate(noon(date))}
                </text>
              ) : null}
            </g>
          );
        })}
      </svg>
      <figcaption className={styles.legend}>
        {(["done", "other", "no_show", "cancelled"] as const).map((kind) => (
          <span key={kind} className={styles.key}>
            <svg viewBox="0 0 12 12" aria-hidden focusable="false">
              <rect className={styles[kind]} width="12" height="12" />
            </svg>
            {t(`stats.${kind}`)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
