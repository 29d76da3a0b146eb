import { useEffect, useRef } from "react";
import { commonMessages, useMessages } from "@/i18n";

let shown = 0;

/**
 * Names the page in the browser's title, and moves the focus to its heading after a change of page,
 * so that a screen reader says where one is. The first page keeps the browser's own start.
 */
export function usePageTitle(title: string) {
  const t = useMessages(commonMessages);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – ${t("app_name")}`;
  }, [title, t]);
  useEffect(() => {
    shown += 1;
    if (shown > 1) heading.current?.focus({ preventScroll: true });
  }, []);
  return heading;
}
