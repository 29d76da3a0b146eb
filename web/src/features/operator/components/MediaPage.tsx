import { useQuery } from "@tanstack/react-query";
import { BookOpen, Pause, Play, RadioTower } from "lucide-react";
import { useState } from "react";
import { useProblemText } from "@/api/problem";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { Button, ButtonLink } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { type NodeReading, STATS_EVERY_MS, statsQuery } from "../api/media";
import { useUnits } from "../hooks/useUnits";
import { messages } from "../messages";
import styles from "./Operator.module.css";
import { RoomLoad } from "./RoomLoad";
import { ShardTable } from "./ShardTable";
import { Tiles } from "./Tiles";

export default function MediaPage() {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const [paused, setPaused] = useState(false);
  const reading = useQuery({ ...statsQuery, refetchInterval: paused ? false : STATS_EVERY_MS });

  return (
    <>
      <PageHeader
        title={t("title")}
        actions={
          <>
            <Button
              variant="secondary"
              icon={paused ? Play : Pause}
              onClick={() => setPaused(!paused)}
            >
              {paused ? t("media.resume") : t("media.pause")}
            </Button>
            <ButtonLink href="/api/docs" variant="secondary" icon={BookOpen} external>
              {t("api_docs")}
            </ButtonLink>
          </>
        }
      />
      {reading.isPending ? <Skeleton lines={8} /> : null}
      {reading.isError && !reading.data ? (
        <LoadFailed error={reading.error} onRetry={() => void reading.refetch()} />
      ) : null}
      {reading.data ? (
        <div className={styles.stack}>
          {reading.isError ? (
            <Notice tone="warn" live="polite">
              {t("media.stale", { reason: problemText(reading.error) })}
            </Notice>
          ) : null}
          <Node reading={reading.data} paused={paused} />
        </div>
      ) : null}
    </>
  );
}

function Node({ reading, paused }: { reading: NodeReading; paused: boolean }) {
  const t = useMessages(messages);
  const units = useUnits();
  const { stats } = reading;
  return (
    <>
      <div className={styles.bar}>
        <p>
          {t("media.node", { node: stats.node, version: stats.version })} ·{" "}
          {t("media.uptime", { duration: units.duration(stats.uptime_seconds) })}
        </p>
        <p role="status">{paused ? t("media.paused") : t("media.live")}</p>
      </div>
      {stats.draining ? <Notice tone="warn">{t("media.draining")}</Notice> : null}
      <Tiles reading={reading} />
      <section className={styles.section} aria-labelledby="shards">
        <h2 id="shards">{t("media.shards")}</h2>
        <ShardTable shards={stats.shards} />
      </section>
      <section className={styles.section} aria-labelledby="rooms">
        <h2 id="rooms">{t("media.rooms")}</h2>
        {stats.rooms.length === 0 ? (
          <EmptyState icon={RadioTower} title={t("media.empty")} />
        ) : (
          <>
            <p className={styles.soft}>{t("media.names")}</p>
            {stats.rooms.map((room) => (
              <RoomLoad key={room.room} room={room} />
            ))}
          </>
        )}
      </section>
    </>
  );
}
