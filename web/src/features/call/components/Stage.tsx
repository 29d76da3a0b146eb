import { ChevronLeft, ChevronRight } from "lucide-react";
import { type CSSProperties, useMemo, useRef } from "react";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { useCall, useTools, useUi } from "../CallContext";
import { useSize } from "../hooks/useSize";
import { messages } from "../messages";
import { fitGrid, gridCapacity } from "../model/grid";
import { compose } from "../model/scene";
import { useSettings } from "../model/settings";
import styles from "./Stage.module.css";
import { Tile } from "./Tile";

const GAP = 8;
/** Size of a tile beside the stage, in CSS pixels: in a column on a wide window, a row on a tall one. */
const STRIP = { width: 208, height: 117 };
/** Of the line under a grid with several pages, in CSS pixels. */
const PAGER_HEIGHT = 56;
const STRIP_NARROW = { width: 128, height: 88 };

/** The pictures: a grid, or one large with the others beside it. */
export function Stage() {
  const t = useMessages(messages);
  const { ui } = useTools();
  const box = useRef<HTMLElement>(null);
  const size = useSize(box);
  const participants = useCall((state) => state.participants);
  const you = useCall((state) => state.you);
  const slots = useCall((state) => state.videoSlots);
  const { choice, pinned, page, activeSpeaker } = useUi((state) => state);
  const showSelf = useSettings((settings) => settings.showSelf);
  const people = useMemo(() => [...participants.values()], [participants]);

  const column = size.width > size.height * 1.15 && size.width > 720;
  const strip = column ? STRIP : STRIP_NARROW;
  const length = column ? size.height : size.width;
  const extent = column ? strip.height : strip.width;
  const fits = Math.floor((length + GAP) / (extent + GAP));
  // More people than fit: then the grid leaves room for the way to its other pages.
  const crowd = people.length > gridCapacity(size, GAP, Math.max(1, slots));
  const above = crowd ? { ...size, height: Math.max(0, size.height - PAGER_HEIGHT) } : size;
  const scene = compose({
    people,
    you,
    choice,
    pinned,
    activeSpeaker,
    showSelf,
    page,
    gridCapacity: crowd
      ? gridCapacity(above, GAP, Math.max(1, slots))
      : gridCapacity(size, GAP, Math.max(1, slots)),
    // One slot is the stage's; in a row the count of the others takes a place too.
    stripCapacity: Math.max(1, Math.min(fits, slots - 1)),
  });
  const grid = fitGrid(scene.tiles.length, scene.pages > 1 ? above : size, GAP);
  const speaker = activeSpeaker === null ? undefined : participants.get(activeSpeaker);
  const shown = [...scene.tiles, ...(scene.stage ? [scene.stage] : [])];
  const unseen = speaker && !shown.some((tile) => tile.participant === speaker.id);

  return (
    <section ref={box} className={styles.stage} aria-label={t("stage.label")}>
      {scene.stage ? (
        <div className={cx(styles.large, column ? styles.beside : styles.below)}>
          <div className={styles.main}>
            <Tile tile={scene.stage} staged />
          </div>
          {scene.tiles.length > 0 ? (
            <ul role="list" className={styles.strip}>
              {scene.tiles.map((tile) => (
                <li
                  key={`${tile.participant}/${tile.source}`}
                  style={{ inlineSize: strip.width, blockSize: strip.height }}
                >
                  <Tile tile={tile} small />
                </li>
              ))}
            </ul>
          ) : null}
          {scene.hidden > 0 ? (
            <p className={styles.more}>{t("stage.more", { count: scene.hidden })}</p>
          ) : null}
        </div>
      ) : (
        <ul
          role="list"
          className={cx(styles.grid, scene.pages > 1 && styles.paged)}
          style={
            {
              "--tile": `${grid.tile.width}px`,
              "--tile-height": `${grid.tile.height}px`,
            } as CSSProperties
          }
        >
          {scene.tiles.map((tile) => (
            <li key={tile.participant} className={styles.cell}>
              <Tile tile={tile} small={grid.tile.width < 200} />
            </li>
          ))}
        </ul>
      )}
      {people.length === 1 ? <p className={styles.alone}>{t("stage.alone")}</p> : null}
      {scene.selfFloats && you !== null ? (
        <div
          className={cx(
            styles.self,
            scene.stage && !column && scene.tiles.length > 0 && styles.raised,
          )}
        >
          <Tile tile={{ participant: you, source: "camera" }} small />
        </div>
      ) : null}
      {unseen ? (
        <p className={styles.speaker}>{t("stage.speaking_now", { name: speaker.name })}</p>
      ) : null}
      {scene.pages > 1 ? (
        <nav
          className={styles.pages}
          aria-label={t("stage.page", { page: scene.page + 1, pages: scene.pages })}
        >
          <Button
            variant="secondary"
            size="s"
            icon={ChevronLeft}
            iconOnly
            aria-disabled={scene.page === 0}
            onClick={() => ui.setState({ page: Math.max(0, scene.page - 1) })}
          >
            {t("stage.previous")}
          </Button>
          <span role="status">{t("stage.page", { page: scene.page + 1, pages: scene.pages })}</span>
          <Button
            variant="secondary"
            size="s"
            icon={ChevronRight}
            iconOnly
            aria-disabled={scene.page === scene.pages - 1}
            onClick={() => ui.setState({ page: Math.min(scene.pages - 1, scene.page + 1) })}
          >
            {t("stage.next")}
          </Button>
        </nav>
      ) : null}
    </section>
  );
}
