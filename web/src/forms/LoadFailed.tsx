import { useProblemText } from "@/api/problem";
import { commonMessages, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";

interface Props {
  error: unknown;
  onRetry: () => void;
  busy?: boolean;
}

/** In the place of what couldn't be loaded: why, and once more. */
export function LoadFailed({ error, onRetry, busy = false }: Props) {
  const t = useMessages(commonMessages);
  const problemText = useProblemText();
  return (
    <Notice
      tone="bad"
      live="polite"
      actions={
        <Button variant="secondary" size="s" busy={busy} onClick={onRetry}>
          {t("actions.retry")}
        </Button>
      }
    >
      {problemText(error)}
    </Notice>
  );
}
