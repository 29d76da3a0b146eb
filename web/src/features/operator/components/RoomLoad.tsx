import type { RoomStats } from "@/api/types";
import { useMessages } from "@/i18n";
import { Table } from "@/ui/Table";
import { useUnits } from "../hooks/useUnits";
import { messages } from "../messages";
import styles from "./Operator.module.css";

/** The end of an id: the beginning is the time, which neighbours share (UUID version 7, RFC 9562). */
function short(id: string): string {
  return id.slice(-8);
}

/** One room of the node and how each participant is connected. */
export function RoomLoad({ room }: { room: RoomStats }) {
  const t = useMessages(messages);
  const units = useUnits();
  const id = short(room.room);
  const unknown = t("media.unknown");
  return (
    <details className={styles.room} open>
      <summary>
        <span>{t("media.room", { id })}</span>
        <span className={styles.soft}>
          {t("media.shard_of", { index: room.shards.join(", ") })} ·{" "}
          {t("media.people", { count: room.sessions.length })}
        </span>
      </summary>
      <Table
        caption={t("media.room_table", { id })}
        rows={room.sessions}
        rowKey={(session) => session.session}
        columns={[
          {
            key: "participant",
            header: t("media.participant"),
            rowHeader: true,
            cell: (session) => <span className={styles.id}>{short(session.participant)}</span>,
          },
          {
            key: "transport",
            header: t("media.transport"),
            cell: (session) => session.transport.toUpperCase(),
          },
          {
            key: "connected",
            header: t("media.connected"),
            align: "end",
            cell: (session) => units.duration(session.connected_seconds),
          },
          {
            key: "rx",
            header: t("media.received"),
            align: "end",
            cell: (session) => units.bitrate(session.rx_bits_per_second),
          },
          {
            key: "tx",
            header: t("media.sent"),
            align: "end",
            cell: (session) => units.bitrate(session.tx_bits_per_second),
          },
          {
            key: "estimate",
            header: t("media.estimate"),
            align: "end",
            cell: ({ estimate_bits_per_second: estimate }) =>
              typeof estimate === "number" ? units.bitrate(estimate) : unknown,
          },
          {
            key: "tx_loss",
            header: t("media.tx_loss"),
            align: "end",
            cell: (session) => units.percent(session.tx_loss),
          },
          {
            key: "rx_loss",
            header: t("media.rx_loss"),
            align: "end",
            cell: (session) => units.percent(session.rx_loss),
          },
          {
            key: "rtt",
            header: t("media.rtt"),
            align: "end",
            cell: ({ rtt_ms: rtt }) =>
              typeof rtt === "number" ? units.milliseconds(rtt) : unknown,
          },
        ]}
      />
    </details>
  );
}
