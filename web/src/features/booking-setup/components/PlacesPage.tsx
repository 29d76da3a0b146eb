import { useQuery } from "@tanstack/react-query";
import { DoorOpen, Monitor, Plus } from "lucide-react";
import { useState } from "react";
import { useProblemText } from "@/api/problem";
import type { Resource } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { FormDialog } from "@/ui/aria/FormDialog";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { EmptyState } from "@/ui/EmptyState";
import { Checkbox, TextField } from "@/ui/Field";
import { Link } from "@/ui/Link";
import { Notice } from "@/ui/Notice";
import { Of } from "@/ui/Of";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toasts";
import { setupQueries, useMakeQueueScreen, useSaveResource } from "../api/setup";
import { messages } from "../messages";
import { clock } from "../model/hours";
import { SetupArea } from "./SetupArea";
import styles from "./Setup.module.css";

/** Rooms and desks, and the screen in the hall that calls people to them. */
export default function PlacesPage() {
  const t = useMessages(messages);
  const resources = useQuery(setupQueries.resources);
  const [editing, setEditing] = useState<Resource | "new" | null>(null);
  const list = resources.data ?? [];
  const add = (
    <Button icon={Plus} onClick={() => setEditing("new")}>
      {t("places.new")}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={t("places.title")}
        lead={t("places.lead")}
        actions={list.length > 0 ? add : null}
      />
      <SetupArea>
        <div className={styles.stack}>
          {resources.isPending ? <Skeleton lines={4} /> : null}
          {resources.isError ? (
            <LoadFailed error={resources.error} onRetry={() => void resources.refetch()} />
          ) : null}
          {resources.data?.length === 0 ? (
            <EmptyState icon={DoorOpen} title={t("places.empty")} action={add}>
              {t("places.empty_body")}
            </EmptyState>
          ) : null}
          {list.length > 0 ? (
            <Table
              caption={t("places.title")}
              rows={list}
              rowKey={(resource) => resource.id}
              columns={[
                {
                  key: "name",
                  header: t("places.name"),
                  rowHeader: true,
                  cell: (resource) => (
                    <>
                      <Link href={`/booking-setup/places/${resource.id}`}>{resource.name}</Link>{" "}
                      {resource.archived ? <Badge>{t("places.archived")}</Badge> : null}
                    </>
                  ),
                },
                {
                  key: "directions",
                  header: t("places.directions"),
                  cell: (resource) => resource.directions || "–",
                },
                {
                  key: "hours",
                  header: t("officials.hours"),
                  cell: (resource) =>
                    resource.hours.length === 0
                      ? t("place.always")
                      : resource.hours
                          .map(
                            (one) =>
                              `${t(`day_short.${one.weekday as 1 | 2 | 3 | 4 | 5 | 6 | 7}`)} ${clock(one.from)}–${clock(one.to)}`,
                          )
                          .join(", "),
                },
                {
                  key: "actions",
                  header: t("matters.actions"),
                  hideHeader: true,
                  align: "end",
                  cell: (resource) => (
                    <Button variant="quiet" size="s" onClick={() => setEditing(resource)}>
                      <Of of={resource.name}>{t("places.change")}</Of>
                    </Button>
                  ),
                },
              ]}
            />
          ) : null}
          <Screen />
        </div>
      </SetupArea>
      {editing ? (
        <PlaceDialog
          resource={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      ) : null}
    </>
  );
}

/** Longest name and directions, in characters (booking's own limits). */
const NAME_MAX = 100;
const DIRECTIONS_MAX = 500;

function PlaceDialog({ resource, onClose }: { resource: Resource | null; onClose: () => void }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const save = useSaveResource();
  const [name, setName] = useState(resource?.name ?? "");
  const [directions, setDirections] = useState(resource?.directions ?? "");
  const [archived, setArchived] = useState(resource?.archived ?? false);

  async function submit() {
    const length = [...name.trim()].length;
    if (length === 0) return refusal.refuse([{ field: "name", reason: "missing" }]);
    if (length > NAME_MAX) return refusal.refuse([{ field: "name", reason: "too_long" }]);
    if ([...directions.trim()].length > DIRECTIONS_MAX) {
      return refusal.refuse([{ field: "directions", reason: "too_long" }]);
    }
    try {
      await save.mutateAsync({
        resource: resource?.id ?? null,
        body: { name: name.trim(), directions: directions.trim(), archived },
      });
      toast(t("places.saved", { name: name.trim() }));
      onClose();
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  return (
    <FormDialog
      title={resource ? t("places.change_title") : t("places.new_title")}
      summary={refusal.summary}
      confirm={common("actions.save")}
      busy={save.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        id={refusal.idOf("name")}
        label={t("places.name")}
        hint={t("places.name_hint")}
        error={refusal.errorOf("name")}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        id={refusal.idOf("directions")}
        label={t("places.directions")}
        hint={t("places.directions_hint")}
        error={refusal.errorOf("directions")}
        optional
        autoComplete="off"
        value={directions}
        onChange={(event) => setDirections(event.target.value)}
      />
      {resource ? (
        <Checkbox
          label={t("places.archive")}
          hint={t("places.archive_hint")}
          checked={archived}
          onChange={(event) => setArchived(event.target.checked)}
        />
      ) : null}
    </FormDialog>
  );
}

/** The secret address of the screen in the hall. */
function Screen() {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const make = useMakeQueueScreen();
  return (
    <section className={styles.stackSection} aria-labelledby="queue-screen">
      <h2 id="queue-screen">{t("screen.heading")}</h2>
      <p>{t("screen.body")}</p>
      {make.data ? (
        <>
          <CopyField label={t("screen.address")} value={make.data.url} />
          <p className={styles.soft}>{t("screen.once")}</p>
        </>
      ) : (
        <p className={styles.soft}>{t("screen.replaces")}</p>
      )}
      {make.isError ? (
        <Notice tone="bad" live="polite">
          {problemText(make.error)}
        </Notice>
      ) : null}
      <div>
        <Button
          variant="secondary"
          icon={Monitor}
          busy={make.isPending}
          onClick={() => make.mutate()}
        >
          {make.data ? t("screen.again") : t("screen.make")}
        </Button>
      </div>
    </section>
  );
}
