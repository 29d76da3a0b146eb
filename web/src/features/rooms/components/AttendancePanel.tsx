import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import type { Attendance, Room } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { commonMessages, useFormat, useLanguage, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { saveFile } from "@/ui/save";
import { Skeleton } from "@/ui/Spinner";
import { Table } from "@/ui/Table";
import { roomQueries } from "../api/rooms";
import { messages } from "../messages";
import { separatorFor, toCsv } from "../model/attendanceCsv";
import { officeDay } from "../model/warsaw";
import { Panel } from "./Panel";
import styles from "./People.module.css";

/** Who was in the meeting and when; also as a file for the records. */
export function AttendancePanel({ room }: { room: Room }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const format = useFormat();
  const attendance = useQuery(roomQueries.attendance(room.id));
  const download = useDownload(room);
  const rows = attendance.data ?? [];
  return (
    <Panel
      heading={t("attendance.heading")}
      action={
        rows.length > 0 ? (
          <Button variant="secondary" size="s" icon={Download} onClick={() => download(rows)}>
            {t("attendance.download")}
          </Button>
        ) : null
      }
    >
      {attendance.isPending ? <Skeleton /> : null}
      {attendance.isError ? (
        <LoadFailed error={attendance.error} onRetry={() => void attendance.refetch()} />
      ) : null}
      {attendance.data?.length === 0 ? (
        <p className={styles.none}>{t("attendance.empty")}</p>
      ) : null}
      {rows.length > 0 ? (
        <Table
          caption={t("attendance.table")}
          rows={rows}
          rowKey={(row) => `${row.participant} ${row.joined_at}`}
          columns={[
            { key: "name", header: t("attendance.name"), rowHeader: true, cell: (row) => row.name },
            {
              key: "role",
              header: t("attendance.role"),
              cell: (row) => common(`room_role.${row.role}`),
            },
            {
              key: "joined",
              header: t("attendance.joined"),
              cell: (row) => format.dateTime(row.joined_at),
            },
            {
              key: "left",
              header: t("attendance.left"),
              cell: (row) => (row.left_at ? format.time(row.left_at) : t("attendance.present")),
            },
            {
              key: "reason",
              header: t("attendance.reason"),
              cell: (row) => t(`attendance.reason_${row.reason ?? "none"}`),
            },
          ]}
        />
      ) : null}
    </Panel>
  );
}

function useDownload(room: Room): (rows: readonly Attendance[]) => void {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const format = useFormat();
  const language = useLanguage();
  return (rows) => {
    const head = ["name", "role", "guest", "joined", "left", "reason"] as const;
    const table = rows.map((row) => [
      row.name,
      common(`room_role.${row.role}`),
      t(row.guest ? "attendance.guest_yes" : "attendance.guest_no"),
      format.dateTime(row.joined_at),
      row.left_at ? format.dateTime(row.left_at) : t("attendance.present"),
      t(`attendance.reason_${row.reason ?? "none"}`),
    ]);
    const csv = toCsv(
      [head.map((key) => t(`attendance.${key}`)), ...table],
      separatorFor(language),
    );
    saveFile(
      `${t("attendance.file")}-${officeDay(room.starts_at)}.csv`,
      new Blob([csv], { type: "text/csv;charset=utf-8" }),
    );
  };
}
