// A node that takes streams from everybody, a page of another site, and a browser to open it in.

import type { Browser, Page } from "playwright-core";

import { launchChromium } from "./chromium";
import { OutsideSite } from "./outside";
import { Server } from "./server";

export class StreamStage {
  private readonly pages: Page[] = [];

  private constructor(
    readonly server: Server,
    private readonly site: OutsideSite,
    private readonly browser: Browser,
  ) {}

  /** The server listens on `port`, the other site on the next. */
  static async start(port: number): Promise<StreamStage> {
    const [server, site, browser] = await Promise.all([
      Server.start({ port, loopback: true, args: ["--dev-whip"] }),
      OutsideSite.start(port + 1),
      launchChromium({ secureOrigins: [] }),
    ]);
    return new StreamStage(server, site, browser);
  }

  /** The other site, in a browser context of its own. */
  async newPage(): Promise<Page> {
    const context = await this.browser.newContext();
    const page = await context.newPage();
    this.pages.push(page);
    await this.site.open(page);
    return page;
  }

  async closePages(): Promise<void> {
    await Promise.all(this.pages.splice(0).map((page) => page.context().close()));
  }

  async dispose(): Promise<void> {
    await this.browser.close();
    await this.site.dispose();
    await this.server.dispose();
  }
}
