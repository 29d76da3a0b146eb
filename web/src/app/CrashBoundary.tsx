import { Component, type ErrorInfo, type ReactNode } from "react";
import { Button } from "@/ui/Button";
import { commonMessages, useMessages } from "@/i18n";
import styles from "./CrashBoundary.module.css";

interface State {
  crashed: boolean;
}

/** The last resort: a page that broke says so and offers a reload. */
export class CrashBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { crashed: false };

  static getDerivedStateFromError(): State {
    return { crashed: true };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    // eslint-disable-next-line no-console -- the only place where a defect's cause can be read
    console.error(error, info.componentStack);
  }

  override render(): ReactNode {
    return this.state.crashed ? <Crashed /> : this.props.children;
  }
}

function Crashed() {
  // The texts themselves may be what failed to load; then the boundary has Polish and English.
  const ready = commonMessages.ready.size > 0;
  return ready ? <CrashedTranslated /> : <CrashedPlain />;
}

function CrashedTranslated() {
  const t = useMessages(commonMessages);
  return (
    <main className={styles.page}>
      <h1>{t("crash.title")}</h1>
      <p>{t("crash.body")}</p>
      <Button onClick={() => location.reload()}>{t("actions.reload")}</Button>
    </main>
  );
}

function CrashedPlain() {
  return (
    <main className={styles.page}>
      <h1 lang="pl">Coś poszło nie tak. Odśwież stronę.</h1>
      <p lang="en">Something went wrong. Reload the page.</p>
      <Button onClick={() => location.reload()}>
        <span lang="pl">Odśwież</span> / <span lang="en">Reload</span>
      </Button>
    </main>
  );
}
