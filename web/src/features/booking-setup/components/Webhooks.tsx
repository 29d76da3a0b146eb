import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useProblemText } from "@/api/problem";
import formStyles from "@/forms/forms.module.css";
import { LoadFailed } from "@/forms/LoadFailed";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { ConfirmDialog, Dialog } from "@/ui/aria/Dialog";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { TextField } from "@/ui/Field";
import { Of } from "@/ui/Of";
import { Skeleton } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { useAddWebhook, useRemoveWebhook, webhooksQuery } from "../api/data";
import { messages } from "../messages";
import styles from "./Setup.module.css";

/** Addresses of other systems that are told of each change, and how that goes. */
export function Webhooks() {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const webhooks = useQuery(webhooksQuery);
  const remove = useRemoveWebhook();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<{ id: string; url: string } | null>(null);

  async function confirm(id: string) {
    try {
      await remove.mutateAsync(id);
      toast(t("webhooks.removed"));
    } catch (error) {
      toast(problemText(error), "bad");
    }
    setRemoving(null);
  }

  return (
    <section className={styles.stackSection} aria-labelledby="webhooks">
      <h2 id="webhooks">{t("webhooks.heading")}</h2>
      <p className={styles.soft}>{t("webhooks.hint")}</p>
      {webhooks.isPending ? <Skeleton /> : null}
      {webhooks.isError ? (
        <LoadFailed error={webhooks.error} onRetry={() => void webhooks.refetch()} />
      ) : null}
      {webhooks.data && webhooks.data.length > 0 ? (
        <ul role="list" className={styles.list}>
          {webhooks.data.map(({ id, url, pending, failed, last_error }) => (
            <li key={id} className={styles.item}>
              <div>
                <p className={styles.name}>{url}</p>
                <p className={styles.buttons}>
                  {failed > 0 ? (
                    <Badge tone="bad">{t("webhooks.failed", { count: failed })}</Badge>
                  ) : null}
                  {pending > 0 ? (
                    <Badge tone="info">{t("webhooks.pending", { count: pending })}</Badge>
                  ) : null}
                  {failed === 0 && pending === 0 ? (
                    <Badge tone="good">{t("webhooks.fine")}</Badge>
                  ) : null}
                </p>
                {last_error && failed + pending > 0 ? (
                  <p className={styles.soft}>{t("webhooks.error", { error: last_error })}</p>
                ) : null}
              </div>
              <Button variant="quiet" size="s" onClick={() => setRemoving({ id, url })}>
                <Of of={url}>{t("remove")}</Of>
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      <div>
        <Button variant="secondary" size="s" icon={Plus} onClick={() => setAdding(true)}>
          {t("webhooks.add")}
        </Button>
      </div>
      {adding ? <AddWebhook onClose={() => setAdding(false)} /> : null}
      {removing ? (
        <ConfirmDialog
          open
          title={t("webhooks.remove_title")}
          confirm={t("remove")}
          busy={remove.isPending}
          onConfirm={() => void confirm(removing.id)}
          onClose={() => setRemoving(null)}
        >
          <p>{t("webhooks.remove_body", { url: removing.url })}</p>
        </ConfirmDialog>
      ) : null}
    </section>
  );
}

function AddWebhook({ onClose }: { onClose: () => void }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const add = useAddWebhook();
  const [url, setUrl] = useState("https://");

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!URL.canParse(url.trim()) || !url.trim().startsWith("https://")) {
      return refusal.refuse([{ field: "url", reason: "malformed" }]);
    }
    try {
      await add.mutateAsync(url.trim());
      refusal.clear();
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  return (
    <Dialog open title={t("webhooks.add")} onClose={onClose}>
      {add.data ? (
        <>
          <p>{t("webhooks.secret_body")}</p>
          <CopyField label={t("webhooks.secret")} value={add.data.secret} />
          <div className={formStyles.actions}>
            <Button variant="secondary" onClick={onClose}>
              {common("actions.close")}
            </Button>
          </div>
        </>
      ) : (
        <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
          {refusal.summary}
          <TextField
            id={refusal.idOf("url")}
            label={t("webhooks.url")}
            hint={t("webhooks.url_hint")}
            error={refusal.errorOf("url")}
            type="url"
            autoComplete="off"
            spellCheck={false}
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
          <div className={formStyles.actions}>
            <Button type="submit" busy={add.isPending}>
              {common("actions.save")}
            </Button>
            <Button variant="secondary" onClick={onClose}>
              {common("actions.cancel")}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
