import { useFormat, useMessages } from "@/i18n";
import { Card } from "@/ui/Card";
import type { NodeReading } from "../api/media";
import { useUnits } from "../hooks/useUnits";
import { messages } from "../messages";
import { totals } from "../model/totals";
import styles from "./Operator.module.css";
import { Sparkline } from "./Sparkline";

/** The node as a whole, each number with its last two minutes. */
export function Tiles({ reading: { stats, history } }: { reading: NodeReading }) {
  const t = useMessages(messages);
  const format = useFormat();
  const units = useUnits();
  const now = totals(stats);
  const plain = (value: number) => format.number(value);
  return (
    <dl className={styles.tiles}>
      <Tile term={t("media.rooms")} value={plain(now.rooms)} />
      <Tile
        term={t("media.participants")}
        value={plain(now.sessions)}
        history={history.sessions}
        show={plain}
      />
      <Tile
        term={t("media.received")}
        value={units.bitrate(now.rxBitsPerSecond)}
        history={history.rx}
        show={units.bitrate}
      />
      <Tile
        term={t("media.sent")}
        value={units.bitrate(now.txBitsPerSecond)}
        history={history.tx}
        show={units.bitrate}
      />
      <Tile
        term={t("media.loss")}
        value={units.percent(now.txLoss)}
        history={history.loss}
        show={units.percent}
      />
      <Tile term={t("media.dropped")} value={plain(now.dropped)} />
    </dl>
  );
}

interface TileProps {
  term: string;
  value: string;
  history?: readonly number[];
  show?: (value: number) => string;
}

function Tile({ term, value, history, show = String }: TileProps) {
  const t = useMessages(messages);
  return (
    <Card className={styles.tile}>
      <dt>{term}</dt>
      <dd>{value}</dd>
      {history ? (
        <dd className={styles.spark}>
          <Sparkline history={history} />
          {t("media.history", { top: show(Math.max(0, ...history)) })}
        </dd>
      ) : null}
    </Card>
  );
}
