import type { ReactNode } from "react";
import { Switch as AriaSwitch } from "react-aria-components";
import styles from "./Switch.module.css";

interface Props {
  children: ReactNode;
  on: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}

/** Acts at once; inside a form that is sent, use a Checkbox. */
export function Switch({ children, on, onChange, disabled = false }: Props) {
  return (
    <AriaSwitch className={styles.switch} isSelected={on} onChange={onChange} isDisabled={disabled}>
      <span className={styles.track} aria-hidden>
        <span className={styles.knob} />
      </span>
      <span>{children}</span>
    </AriaSwitch>
  );
}
