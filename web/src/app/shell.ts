import type { ComponentType } from "react";

/** What of a page the server sends with the address itself: it is seen before any code has come. */
export interface Shell {
  /** The router's pattern. */
  path: string;
  /** The page's module, whose files the browser may fetch at once. */
  source: string;
  View: ComponentType;
}
