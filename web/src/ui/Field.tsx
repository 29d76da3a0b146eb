import { type ComponentPropsWithRef, type ReactNode, useId } from "react";
import { commonMessages, useMessages } from "@/i18n";
import { cx } from "./cx";
import styles from "./Field.module.css";

interface Labelled {
  label: ReactNode;
  /** Below the label; read out with the field. */
  hint?: ReactNode;
  /** Why the entry was refused. Also marks the field as invalid. */
  error?: ReactNode;
  /** Adds "optional" to the label. Required fields are the rule and carry no mark. */
  optional?: boolean;
  /** Keeps the label for screen readers only. */
  hideLabel?: boolean;
}

interface Ids {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

function Frame({
  label,
  hint,
  error,
  optional = false,
  hideLabel = false,
  id: given,
  className,
  children,
}: Labelled & {
  id: string | undefined;
  className?: string | undefined;
  children: (ids: Ids) => ReactNode;
}) {
  const t = useMessages(commonMessages);
  const own = useId();
  const id = given ?? own;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={cx(styles.field, error ? styles.refused : undefined, className)}>
      <label htmlFor={id} className={hideLabel ? "visually-hidden" : styles.label}>
        {label}
        {optional ? <span className={styles.optional}> ({t("optional")})</span> : null}
      </label>
      {hint ? (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      ) : null}
      {error ? (
        <p id={`${id}-error`} className={styles.error}>
          <span className="visually-hidden">{t("error_prefix")} </span>
          {error}
        </p>
      ) : null}
      {children({
        id,
        "aria-describedby": described || undefined,
        "aria-invalid": error ? true : undefined,
      })}
    </div>
  );
}

export interface TextFieldProps extends Labelled, Omit<ComponentPropsWithRef<"input">, "size"> {
  /** Roughly how many characters are expected; the field is as wide as that. */
  width?: "full" | "short" | "medium";
}

export function TextField({
  label,
  hint,
  error,
  optional,
  hideLabel,
  className,
  width = "full",
  type = "text",
  ...input
}: TextFieldProps) {
  return (
    <Frame {...{ label, hint, error, optional, hideLabel, className }} id={input.id}>
      {(ids) => (
        <input {...input} {...ids} type={type} className={cx(styles.input, styles[width])} />
      )}
    </Frame>
  );
}

export interface TextAreaProps extends Labelled, ComponentPropsWithRef<"textarea"> {}

export function TextArea({
  label,
  hint,
  error,
  optional,
  hideLabel,
  className,
  ...input
}: TextAreaProps) {
  return (
    <Frame {...{ label, hint, error, optional, hideLabel, className }} id={input.id}>
      {(ids) => <textarea rows={4} {...input} {...ids} className={cx(styles.input, styles.area)} />}
    </Frame>
  );
}

export interface SelectProps extends Labelled, ComponentPropsWithRef<"select"> {
  options: readonly { value: string; label: string; disabled?: boolean }[];
}

/** The browser's own list: it works everywhere, also on a phone and with a screen reader. */
export function Select({
  label,
  hint,
  error,
  optional,
  hideLabel,
  className,
  options,
  ...select
}: SelectProps) {
  return (
    <Frame {...{ label, hint, error, optional, hideLabel, className }} id={select.id}>
      {(ids) => (
        <select {...select} {...ids} className={cx(styles.input, styles.select)}>
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

export interface CheckboxProps extends Omit<ComponentPropsWithRef<"input">, "type"> {
  label: ReactNode;
  hint?: ReactNode;
}

export function Checkbox({ label, hint, className, ...input }: CheckboxProps) {
  return <Tick kind="checkbox" {...{ label, hint, className }} {...input} />;
}

export interface RadiosProps {
  legend: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  /** Of the group; also the id of its first radio, so that an error summary can lead there. */
  name: string;
  value: string;
  onChange: (value: string) => void;
  options: readonly { value: string; label: ReactNode; hint?: ReactNode; disabled?: boolean }[];
  hideLegend?: boolean;
}

export function Radios({
  legend,
  hint,
  error,
  name,
  value,
  onChange,
  options,
  hideLegend = false,
}: RadiosProps) {
  const t = useMessages(commonMessages);
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <fieldset
      className={cx(styles.field, error ? styles.refused : undefined)}
      aria-describedby={described || undefined}
    >
      <legend className={hideLegend ? "visually-hidden" : styles.label}>{legend}</legend>
      {hint ? (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      ) : null}
      {error ? (
        <p id={`${id}-error`} className={styles.error}>
          <span className="visually-hidden">{t("error_prefix")} </span>
          {error}
        </p>
      ) : null}
      <div className={styles.ticks}>
        {options.map((option, index) => (
          <Tick
            key={option.value}
            kind="radio"
            id={index === 0 ? name : undefined}
            name={name}
            label={option.label}
            hint={option.hint}
            disabled={option.disabled}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
        ))}
      </div>
    </fieldset>
  );
}

function Tick({
  kind,
  label,
  hint,
  className,
  id: given,
  ...input
}: { kind: "checkbox" | "radio"; label: ReactNode; hint?: ReactNode } & Omit<
  ComponentPropsWithRef<"input">,
  "type"
>) {
  const own = useId();
  const id = given ?? own;
  return (
    <div className={cx(styles.tick, className)}>
      <input
        {...input}
        type={kind}
        id={id}
        className={styles.box}
        aria-describedby={hint ? `${id}-hint` : undefined}
      />
      <label htmlFor={id} className={styles.tickLabel}>
        {label}
      </label>
      {hint ? (
        <p id={`${id}-hint`} className={cx(styles.hint, styles.tickHint)}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}
