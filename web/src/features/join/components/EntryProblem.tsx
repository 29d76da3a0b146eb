import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { messages } from "../messages";
import { canRetry, type EntryProblem } from "../model/problem";
import styles from "./EntryProblem.module.css";

interface Props {
  problem: EntryProblem;
  onRetry?: () => void;
}

/** Why one can't get in, and what to do about it. */
export function EntryProblemView({ problem, onRetry }: Props) {
  const t = useMessages(messages);
  return (
    <div className={styles.problem}>
      <PageHeader title={t(`problem.${problem}.title`)} lead={t(`problem.${problem}.body`)} />
      <p className={styles.todo}>{t(`problem.${problem}.todo`)}</p>
      {onRetry && canRetry(problem) ? <Button onClick={onRetry}>{t("ended.retry")}</Button> : null}
    </div>
  );
}
