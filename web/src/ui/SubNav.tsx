import { useLocation } from "wouter";
import { Link } from "./Link";
import styles from "./SubNav.module.css";

interface Props {
  label: string;
  items: readonly { href: string; label: string; count?: number | undefined }[];
}

/** The pages of one area, below the main navigation. */
export function SubNav({ label, items }: Props) {
  const [path] = useLocation();
  const here = items
    .map((item) => item.href)
    .filter((href) => path === href || path.startsWith(`${href}/`))
    .sort((a, b) => b.length - a.length)[0];
  return (
    <nav className={styles.nav} aria-label={label}>
      <ul role="list" className={styles.list}>
        {items.map((item) => (
          <li key={item.href}>
            <Link
              href={item.href}
              className={styles.link}
              aria-current={item.href === here ? "page" : undefined}
            >
              {item.label}
              {item.count ? <span className={styles.count}> {item.count}</span> : null}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
