import type { ReactNode } from "react";
import { LoadFailed } from "@/forms/LoadFailed";
import { commonMessages, useMessages } from "@/i18n";
import { ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton, Spinner } from "@/ui/Spinner";
import type { Loaded } from "../hooks/useLoad";
import { messages } from "../messages";
import { START } from "../model/address";
import styles from "./Loading.module.css";
import { Step } from "./Step";

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

interface StepProps<T> extends Props<T> {
  step: number;
  title: string;
  lead?: ReactNode;
  aside?: (value: T) => ReactNode;
  asideLast?: boolean;
}

/** A step that waits for the server: its question stands there from the start. */
export function LoadingStep<T>({ state, onRetry, children, aside, ...step }: StepProps<T>) {
  if (state.kind === "failed") {
    return (
      <LoadingPage state={state} onRetry={onRetry}>
        {children}
      </LoadingPage>
    );
  }
  const ready = state.kind === "ready";
  return (
    <Step
      {...step}
      aside={
        aside ? (
          ready ? (
            aside(state.value)
          ) : (
            <div className={styles.aside} aria-hidden />
          )
        ) : undefined
      }
    >
      {ready ? children(state.value) : <Skeleton lines={6} />}
    </Step>
  );
}

/** A whole page that waits for the server. */
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
