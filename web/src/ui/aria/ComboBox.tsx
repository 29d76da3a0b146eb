import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import {
  Button,
  ComboBox as AriaComboBox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Text,
} from "react-aria-components";
import { cx } from "../cx";
import fieldStyles from "../Field.module.css";
import { Icon } from "../Icon";
import styles from "./ComboBox.module.css";

export interface Choice {
  id: string;
  label: string;
  detail?: string | undefined;
}

interface Props {
  /** Of the input, so that an error summary can lead there. */
  id?: string;
  label: string;
  hint?: ReactNode;
  error?: ReactNode;
  choices: readonly Choice[];
  /** What is typed; the caller filters or asks the server. */
  input: string;
  onInput: (text: string) => void;
  onChoose: (id: string) => void;
  /** Takes a text that is none of the choices as it is. */
  free?: boolean;
  emptyText: string;
}

/** Type to find, then choose. */
export function ComboBox({
  id,
  label,
  hint,
  error,
  choices,
  input,
  onInput,
  onChoose,
  free = false,
  emptyText,
}: Props) {
  return (
    <AriaComboBox
      {...(id === undefined ? {} : { id })}
      className={cx(fieldStyles.field, error ? fieldStyles.refused : undefined)}
      items={choices}
      inputValue={input}
      onInputChange={onInput}
      selectedKey={null}
      onSelectionChange={(key) => {
        if (key !== null) onChoose(String(key));
      }}
      allowsCustomValue={free}
      allowsEmptyCollection={input !== ""}
      isInvalid={Boolean(error)}
      menuTrigger="input"
    >
      <Label className={fieldStyles.label}>{label}</Label>
      {hint ? (
        <Text slot="description" className={fieldStyles.hint}>
          {hint}
        </Text>
      ) : null}
      <FieldError className={fieldStyles.error}>{error}</FieldError>
      <div className={styles.row}>
        <Input className={fieldStyles.input} />
        <Button className={styles.open}>
          <Icon of={ChevronDown} size={1.1} />
        </Button>
      </div>
      <Popover className={styles.popover} offset={4}>
        <section aria-label={label}>
          <ListBox<Choice>
            className={styles.list}
            renderEmptyState={() => <p className={styles.empty}>{emptyText}</p>}
          >
            {(choice) => (
              <ListBoxItem id={choice.id} textValue={choice.label} className={styles.choice}>
                {/* No slots: the whole choice is its name, as it is seen (WCAG 2.5.3). */}
                <span>{choice.label}</span>
                {choice.detail ? <span className={styles.detail}>{choice.detail}</span> : null}
              </ListBoxItem>
            )}
          </ListBox>
        </section>
      </Popover>
    </AriaComboBox>
  );
}
