// Getting about with the keyboard alone.

import type { Page } from "playwright-core";

interface Focused {
  role: string;
  name: string;
}

/** What a screen reader would say of the element that has the focus. */
async function focused(page: Page): Promise<Focused> {
  const client = await page.context().newCDPSession(page);
  try {
    const { result } = await client.send("Runtime.evaluate", {
      expression: "document.activeElement",
    });
    if (!result.objectId) return { role: "", name: "" };
    const { nodes } = await client.send("Accessibility.getPartialAXTree", {
      objectId: result.objectId,
      fetchRelatives: false,
    });
    return {
      role: String(nodes[0]?.role?.value ?? ""),
      name: String(nodes[0]?.name?.value ?? ""),
    };
  } finally {
    await client.detach();
  }
}

/** Presses Tab (or another key) until the named thing has the focus; fails when it never does. */
export async function tabTo(
  page: Page,
  name: string | RegExp,
  { key = "Tab", most = 80 }: { key?: string; most?: number } = {},
): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses <= most; presses += 1) {
    const now = await focused(page);
    if (typeof name === "string" ? now.name === name : name.test(now.name)) {
      await expectVisibleFocus(page);
      return;
    }
    seen.push(`${now.role} "${now.name}"`);
    await page.keyboard.press(key);
  }
  throw new Error(`${key} never reached ${String(name)}; it passed ${seen.slice(-30).join(", ")}`);
}

export async function pressOn(
  page: Page,
  name: string | RegExp,
  options?: { key?: string; most?: number },
): Promise<void> {
  await tabTo(page, name, options);
  await page.keyboard.press("Enter");
}

/** The focus must be seen: an outline, or a shadow, on the element or just around it. */
async function expectVisibleFocus(page: Page): Promise<void> {
  const visible = await page.evaluate(() => {
    const shows = (element: Element | null): boolean => {
      if (!element) return false;
      const style = getComputedStyle(element);
      return (
        (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) ||
        style.boxShadow !== "none"
      );
    };
    const active = document.activeElement;
    return shows(active) || shows(active?.parentElement ?? null);
  });
  if (!visible) {
    const { role, name } = await focused(page);
    throw new Error(`the focus on ${role} "${name}" can't be seen`);
  }
}
