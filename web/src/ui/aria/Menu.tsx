import { Check, ChevronDown, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import {
  Button as AriaButton,
  Menu,
  MenuItem,
  type MenuProps,
  MenuTrigger,
  Popover,
  type PopoverProps,
  Separator,
} from "react-aria-components";
import buttonStyles from "../Button.module.css";
import { cx } from "../cx";
import { Icon } from "../Icon";
import styles from "./Menu.module.css";

export interface Item {
  id: string;
  label: string;
  icon?: LucideIcon | undefined;
  disabled?: boolean;
  /** Red, and after a line: it takes something away. */
  danger?: boolean;
}

interface MenuButtonProps {
  /** What a screen reader says; also the tooltip. */
  label: string;
  icon?: LucideIcon;
  /** Seen beside the icon; the icon stands alone when left out. */
  showLabel?: ReactNode;
  items: readonly Item[];
  onAction: (id: string) => void;
  className?: string;
  placement?: PopoverProps["placement"];
}

/** A button that opens a menu of things to do. */
export function MenuButton({
  label,
  icon,
  showLabel,
  items,
  onAction,
  className,
  placement = "bottom end",
}: MenuButtonProps) {
  return (
    <MenuTrigger>
      <AriaButton
        aria-label={label}
        className={cx(
          buttonStyles.button,
          buttonStyles.quiet,
          buttonStyles.m,
          !showLabel && buttonStyles.iconOnly,
          className,
        )}
      >
        {icon ? <Icon of={icon} /> : null}
        {showLabel ? <span className={styles.label}>{showLabel}</span> : null}
        {showLabel ? <Icon of={ChevronDown} size={1} /> : null}
      </AriaButton>
      <MenuPopover placement={placement}>
        <Menu className={styles.menu} onAction={(key) => onAction(String(key))} aria-label={label}>
          {items.map((item) => (
            <MenuRow key={item.id} item={item} />
          ))}
        </Menu>
      </MenuPopover>
    </MenuTrigger>
  );
}

export function MenuPopover(props: PopoverProps) {
  return <Popover offset={6} {...props} className={styles.popover} />;
}

/** A menu for use in a trigger of one's own; with `selectionMode` it becomes a choice. */
export function MenuList<T extends object>(props: MenuProps<T>) {
  return <Menu {...props} className={styles.menu} />;
}

export function MenuRow({ item }: { item: Item }) {
  return (
    <MenuItem
      id={item.id}
      textValue={item.label}
      isDisabled={item.disabled ?? false}
      className={cx(styles.item, item.danger && styles.danger)}
    >
      {({ isSelected, selectionMode }) => (
        <>
          {selectionMode !== "none" ? (
            <span className={styles.mark}>
              {isSelected ? <Icon of={Check} size={1.1} /> : null}
            </span>
          ) : null}
          {item.icon ? <Icon of={item.icon} size={1.1} /> : null}
          <span>{item.label}</span>
        </>
      )}
    </MenuItem>
  );
}

export function MenuSeparator() {
  return <Separator className={styles.separator} />;
}
