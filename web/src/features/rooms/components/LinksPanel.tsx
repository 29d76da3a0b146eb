import { useQuery } from "@tanstack/react-query";
import { Link2 } from "lucide-react";
import { useState } from "react";
import { useProblemText } from "@/api/problem";
import type { Link, Room } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { commonMessages, useFormat, useMessages } from "@/i18n";
import { ConfirmDialog } from "@/ui/aria/Dialog";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Skeleton } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { roomQueries, useRevokeLink } from "../api/rooms";
import { messages } from "../messages";
import { isOver } from "../model/agenda";
import { type LinkState, linkState } from "../model/linkState";
import { NewLinkDialog } from "./NewLinkDialog";
import { Panel } from "./Panel";
import styles from "./People.module.css";

const TONES = { active: "good", later: "info", expired: "neutral", revoked: "neutral" } as const;

export function LinksPanel({ room, now }: { room: Room; now: number }) {
  const t = useMessages(messages);
  const links = useQuery(roomQueries.links(room.id));
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Link | null>(null);
  return (
    <Panel
      heading={t("links.heading")}
      action={
        isOver(room) ? null : (
          <Button variant="secondary" size="s" icon={Link2} onClick={() => setMaking(true)}>
            {t("links.new")}
          </Button>
        )
      }
    >
      <p className={styles.none}>{t("links.about")}</p>
      {links.isPending ? <Skeleton /> : null}
      {links.isError ? (
        <LoadFailed error={links.error} onRetry={() => void links.refetch()} />
      ) : null}
      {links.data?.length === 0 ? <p>{t("links.empty")}</p> : null}
      {links.data && links.data.length > 0 ? (
        <ul role="list" className={styles.list}>
          {links.data.map((link) => (
            <LinkRow
              key={link.id}
              link={link}
              state={linkState(link, now)}
              onRevoke={() => setRevoking(link)}
            />
          ))}
        </ul>
      ) : null}
      {making ? <NewLinkDialog room={room.id} onClose={() => setMaking(false)} /> : null}
      {revoking ? (
        <RevokeDialog room={room} link={revoking} onClose={() => setRevoking(null)} />
      ) : null}
    </Panel>
  );
}

function LinkRow({
  link,
  state,
  onRevoke,
}: {
  link: Link;
  state: LinkState;
  onRevoke: () => void;
}) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const format = useFormat();
  const label = link.label || t("links.no_label");
  return (
    <li className={styles.person}>
      <div className={styles.who}>
        <p className={styles.name}>{label}</p>
        <p className={styles.meta}>
          {common(`room_role.${link.role}`)} ·{" "}
          {t("links.valid", {
            from: format.dateTime(link.valid_from),
            to: format.dateTime(link.expires_at),
          })}
        </p>
        <p className={styles.delivery}>
          <Badge tone={TONES[state]}>{t(`links.${state}`)}</Badge>
          <span>
            {link.last_used_at
              ? t("links.used", { when: format.relative(link.last_used_at) })
              : t("links.unused")}
          </span>
        </p>
      </div>
      {state === "active" || state === "later" ? (
        <Button
          variant="quiet"
          size="s"
          aria-label={t("links.revoke_label", { label })}
          onClick={onRevoke}
        >
          {t("links.revoke")}
        </Button>
      ) : null}
    </li>
  );
}

function RevokeDialog({ room, link, onClose }: { room: Room; link: Link; onClose: () => void }) {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const revoke = useRevokeLink(room.id);

  async function confirm() {
    try {
      await revoke.mutateAsync(link.id);
      toast(t("links.revoked_done"));
    } catch (error) {
      toast(problemText(error), "bad");
    }
    onClose();
  }

  return (
    <ConfirmDialog
      open
      title={t("links.revoke_title")}
      confirm={t("links.revoke")}
      busy={revoke.isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{t("links.revoke_body")}</p>
    </ConfirmDialog>
  );
}
