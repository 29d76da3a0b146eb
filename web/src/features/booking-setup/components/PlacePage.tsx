import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useParams } from "wouter";
import type { Resource } from "@/api/types";
import { useToday } from "@/features/appointments/hooks/useToday";
import { addDays } from "@/features/appointments/model/days";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Link } from "@/ui/Link";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { previewPlaceHours, setupQueries, useSavePlaceHours } from "../api/setup";
import { messages } from "../messages";
import { withoutForms } from "../model/hours";
import { AHEAD_DAYS } from "./Absences";
import { ExceptionDialog } from "./ExceptionDialog";
import { ExceptionList } from "./ExceptionList";
import { HoursEditor } from "./HoursEditor";
import styles from "./Setup.module.css";

/** When a room or desk can be used, and where people go while it is closed. */
export default function PlacePage() {
  const t = useMessages(messages);
  const { place: id = "" } = useParams();
  const resources = useQuery(setupQueries.resources);
  const place = resources.data?.find((one) => one.id === id);
  return (
    <>
      <PageHeader
        title={place?.name ?? t("places.title")}
        over={<Link href="/booking-setup/places">{t("places.title")}</Link>}
        lead={t("hours.lead")}
      />
      {resources.isPending ? <Skeleton lines={8} /> : null}
      {resources.isError ? (
        <LoadFailed error={resources.error} onRetry={() => void resources.refetch()} />
      ) : null}
      {resources.data && !place ? <p>{t("place.not_found")}</p> : null}
      {place ? (
        <div className={styles.stack}>
          <PlaceHours key={place.id} place={place} />
          <PlaceClosures place={place} places={resources.data ?? []} />
        </div>
      ) : null}
    </>
  );
}

function PlaceHours({ place }: { place: Resource }) {
  const save = useSavePlaceHours(place.id);
  return (
    <HoursEditor
      of="place"
      hours={place.hours}
      preview={(hours) => previewPlaceHours(place.id, withoutForms(hours))}
      save={(hours) => save.mutateAsync(withoutForms(hours))}
      saving={save.isPending}
    />
  );
}

function PlaceClosures({ place, places }: { place: Resource; places: readonly Resource[] }) {
  const t = useMessages(messages);
  const today = useToday();
  const exceptions = useQuery(setupQueries.exceptions(today, addDays(today, AHEAD_DAYS)));
  const [adding, setAdding] = useState(false);
  const own = (exceptions.data ?? []).filter((one) => one.details.resource === place.id);
  return (
    <section className={styles.stackSection} aria-labelledby="closures">
      <h2 id="closures">{t("place.closures")}</h2>
      <div className={styles.buttons}>
        <Button variant="secondary" size="s" icon={Plus} onClick={() => setAdding(true)}>
          {t("closures.add")}
        </Button>
      </div>
      {exceptions.isPending ? <Skeleton /> : null}
      {exceptions.isError ? (
        <LoadFailed error={exceptions.error} onRetry={() => void exceptions.refetch()} />
      ) : null}
      {exceptions.data && own.length === 0 ? (
        <p className={styles.soft}>{t("exceptions.none")}</p>
      ) : null}
      <ExceptionList exceptions={own} substitutes={places} />
      {adding ? (
        <ExceptionDialog
          kind="resource_closure"
          whom={place.id}
          substitutes={places.filter((one) => !one.archived)}
          onClose={() => setAdding(false)}
        />
      ) : null}
    </section>
  );
}
