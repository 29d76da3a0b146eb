import type { ShardStats } from "@/api/types";
import { useFormat, useMessages } from "@/i18n";
import { Table } from "@/ui/Table";
import { useUnits } from "../hooks/useUnits";
import { messages } from "../messages";

export function ShardTable({ shards }: { shards: readonly ShardStats[] }) {
  const t = useMessages(messages);
  const format = useFormat();
  const units = useUnits();
  return (
    <Table
      caption={t("media.shards_table")}
      rows={shards}
      rowKey={(shard) => shard.index}
      columns={[
        {
          key: "index",
          header: t("media.shard"),
          rowHeader: true,
          cell: (shard) => t("media.shard_of", { index: shard.index }),
        },
        {
          key: "cpu",
          header: t("media.cpu"),
          align: "end",
          cell: (shard) => units.percent(shard.cpu),
        },
        {
          key: "rooms",
          header: t("media.rooms"),
          align: "end",
          cell: (shard) => format.number(shard.rooms),
        },
        {
          key: "sessions",
          header: t("media.sessions"),
          align: "end",
          cell: (shard) => format.number(shard.sessions),
        },
        {
          key: "rx",
          header: t("media.received"),
          align: "end",
          cell: (shard) => units.bitrate(shard.rx_bits_per_second),
        },
        {
          key: "tx",
          header: t("media.sent"),
          align: "end",
          cell: (shard) => units.bitrate(shard.tx_bits_per_second),
        },
        {
          key: "packets",
          header: t("media.packets"),
          align: "end",
          cell: (shard) =>
            `${format.number(shard.rx_packets_per_second)} / ${format.number(shard.tx_packets_per_second)}`,
        },
        {
          key: "dropped",
          header: t("media.dropped"),
          align: "end",
          cell: (shard) => format.number(shard.tx_dropped),
        },
      ]}
    />
  );
}
