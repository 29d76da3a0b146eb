import { useSignedIn } from "@/api/me";
import { OfficialHours } from "@/features/booking-setup/components/OfficialHours";
import { Area } from "./Area";

/** An official's own hours, absences and substitutes. */
export default function OwnHoursPage() {
  const me = useSignedIn();
  return (
    <OfficialHours official={me.id} own>
      <Area>{null}</Area>
    </OfficialHours>
  );
}
