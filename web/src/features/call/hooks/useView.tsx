import { createContext, type ReactNode, type RefObject, use, useEffect, useMemo } from "react";
import type { Call, Tile } from "@/rtc";
import { coveringSize } from "../model/grid";
import type { TileSpec } from "../model/scene";

/** Gathers what is on the screen and tells the media session. */
interface View {
  show(place: object, tile: Tile | null): void;
}

const ViewContext = createContext<View | null>(null);

function createView(call: Call): View {
  const places = new Map<object, Tile>();
  return {
    show(place, tile) {
      if (tile) places.set(place, tile);
      else if (!places.delete(place)) return;
      call.setView(merge(places.values()));
    },
  };
}

/** One picture may stand in two places: it is needed once, in the larger size. */
export function merge(tiles: Iterable<Tile>): Tile[] {
  const merged = new Map<string, Tile>();
  for (const tile of tiles) {
    const key = `${tile.participant}/${tile.source}`;
    const former = merged.get(key);
    const larger =
      former && former.width * former.height > tile.width * tile.height ? former : tile;
    merged.set(key, { ...larger, pinned: Boolean(former?.pinned || tile.pinned) });
  }
  return [...merged.values()];
}

export function ViewProvider({ call, children }: { call: Call; children: ReactNode }) {
  const view = useMemo(() => createView(call), [call]);
  return <ViewContext value={view}>{children}</ViewContext>;
}

/**
 * Asks for a picture as large as the element is in device pixels, for as long as it can be seen. A
 * picture that is not on the stage covers its tile, so the whole of it is larger than what is seen.
 * `wanted` is false for someone without a camera, and for one's own picture.
 */
export function useTileView(
  element: RefObject<HTMLElement | null>,
  { participant, source }: TileSpec,
  pinned: boolean,
  wanted: boolean,
): void {
  const view = use(ViewContext);
  useEffect(() => {
    const target = element.current;
    if (!view || !target || !wanted) return;
    const place = {};
    let visible = true;
    let size = { width: target.clientWidth, height: target.clientHeight };
    const tell = () => {
      const scale = target.ownerDocument.defaultView?.devicePixelRatio ?? 1;
      const shown = visible && size.width > 0 && size.height > 0;
      const picture = pinned ? size : coveringSize(size);
      view.show(
        place,
        shown
          ? {
              participant,
              source,
              width: Math.round(picture.width * scale),
              height: Math.round(picture.height * scale),
              pinned,
            }
          : null,
      );
    };
    const sizes = new ResizeObserver(([entry]) => {
      if (!entry) return;
      size = entry.contentRect;
      tell();
    });
    const sight = new IntersectionObserver(([entry]) => {
      visible = entry?.isIntersecting ?? true;
      tell();
    });
    sizes.observe(target);
    sight.observe(target);
    tell();
    return () => {
      sizes.disconnect();
      sight.disconnect();
      view.show(place, null);
    };
  }, [view, element, participant, source, pinned, wanted]);
}
