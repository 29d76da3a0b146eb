import type { ReactNode } from "react";
import { LoadFailed } from "@/forms/LoadFailed";
import { commonMessages, useMessages } from "@/i18n";
import { ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { Spinner } from "@/ui/Spinner";
import type { Loaded } from "../hooks/useLoad";
import { messages } from "../messages";
import { START } from "../model/address";
import styles from "./Loading.module.css";

interface Props<T> {
  state: Loaded<T>;
  onRetry: () => void;
  children: (value: T) => ReactNode;
}

/** A part of a page that waits for the server. */
export function Loading<T>({ state, onRetry, children }: Props<T>) {
  const t = useMessages(commonMessages);
  switch (state.kind) {
    case "loading":
      return (
        <p className={styles.loading} role="status">
          <Spinner />
          {t("loading")}
        </p>
      );
    case "failed":
      return <LoadFailed error={state.problem} onRetry={onRetry} />;
    case "ready":
      return children(state.value);
  }
}

/** A whole page that waits for the server: it has a heading in each state. */
export function LoadingPage<T>({ state, onRetry, children }: Props<T>) {
  const t = useMessages(messages);
  if (state.kind === "failed") {
    const gone = state.problem.code === "not_found" || state.problem.code === "link_invalid";
    return (
      <div className={styles.failed}>
        <PageHeader
          title={t(gone ? "gone.title" : "failed.title")}
          lead={gone ? t("gone.body") : undefined}
        />
        {gone ? (
          <ButtonLink href={START}>{t("gone.start")}</ButtonLink>
        ) : (
          <LoadFailed error={state.problem} onRetry={onRetry} />
        )}
      </div>
    );
  }
  return (
    <Loading state={state} onRetry={onRetry}>
      {children}
    </Loading>
  );
}
