import { sparkline } from "../model/history";
import styles from "./Operator.module.css";

const WIDTH = 118;
const HEIGHT = 32;

/** How a number went lately. The number itself and its highest value stand beside it as text. */
export function Sparkline({ history }: { history: readonly number[] }) {
  return (
    <svg
      className={styles.line}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden
      focusable="false"
    >
      <line x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
      <polyline points={sparkline(history, WIDTH, HEIGHT)} />
    </svg>
  );
}
