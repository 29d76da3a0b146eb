import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { useTools } from "../CallContext";
import { messages } from "../messages";
import styles from "./Panel.module.css";

/** Beside the pictures on a wide window, over them on a narrow one. Escape closes it. */
export function Panel({ title, children }: { title: string; children: ReactNode }) {
  const t = useMessages(messages);
  const { ui } = useTools();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    heading.current?.focus();
    return () => {
      // Back to the button that opened it, unless the focus has gone elsewhere by itself.
      const lost = document.activeElement === null || document.activeElement === document.body;
      if (lost && opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  const close = () => ui.setState({ panel: null });
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape, in addition to the button
    <aside
      className={styles.panel}
      aria-labelledby="call-panel"
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) close();
      }}
    >
      <div className={styles.head}>
        <h2 id="call-panel" ref={heading} tabIndex={-1} className={styles.title}>
          {title}
        </h2>
        <Button variant="quiet" size="s" icon={X} iconOnly onClick={close}>
          {t("panel.close")}
        </Button>
      </div>
      {children}
    </aside>
  );
}
