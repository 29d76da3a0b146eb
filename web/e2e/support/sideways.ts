// Whether a page scrolls sideways, and what makes it do so.

import type { Page } from "playwright-core";

/** Names the innermost elements that stick out of the page's width; empty if the page doesn't scroll. */
export async function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const out = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > root.clientWidth + 0.5,
    );
    const innermost = out.filter(
      (one) => !out.some((other) => other !== one && one.contains(other)),
    );
    return innermost.map(
      (element) =>
        `scrolls sideways at <${element.localName}> ${(element.textContent ?? "").slice(0, 80)}`,
    );
  });
}
