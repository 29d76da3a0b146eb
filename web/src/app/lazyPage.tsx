import { type ComponentType, type ReactNode, use } from "react";

type Module = { default: ComponentType };

/** A page whose code comes when it is needed. */
export interface LazyPage {
  (): ReactNode;
  /** Fetches the code. A page that is here is shown at once, without a moment of waiting. */
  load(): Promise<void>;
}

/** `lazyPage(() => import("./RoomPage"))`: as React's `lazy`, and can be fetched beforehand. */
export function lazyPage(load: () => Promise<Module>): LazyPage {
  let pending: Promise<ComponentType> | undefined;
  const fetched = () => {
    pending ??= load().then(
      (module) => {
        // React reads these two, and so renders at once instead of suspending for a moment.
        if (pending) Object.assign(pending, { status: "fulfilled", value: module.default });
        return module.default;
      },
      (error: unknown) => {
        // The next attempt may succeed: the network may be back.
        pending = undefined;
        throw error;
      },
    );
    return pending;
  };
  function Page() {
    const Of = use(fetched());
    return <Of />;
  }
  return Object.assign(Page, {
    load: async () => {
      await fetched();
    },
  });
}
