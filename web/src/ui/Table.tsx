import type { ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Table.module.css";

export interface Column<Row> {
  key: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Names the row: becomes its header cell. One column should. */
  rowHeader?: boolean;
  align?: "end";
  /** Keeps the header for screen readers only, e.g. over buttons. */
  hideHeader?: boolean;
}

interface Props<Row> {
  /** What the table lists; for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
}

/** A real table on a wide screen; on a narrow one each row becomes a card with its headers beside. */
export function Table<Row>({ caption, columns, rows, rowKey }: Props<Row>) {
  return (
    <div className={styles.frame}>
      {/* The roles are written out because `display` in the narrow form drops them. */}
      <table className={styles.table} role="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead role="rowgroup" className={styles.head}>
          <tr role="row">
            {columns.map((column) => (
              <th
                key={column.key}
                role="columnheader"
                scope="col"
                className={cx(column.align === "end" && styles.end)}
              >
                <span className={column.hideHeader ? "visually-hidden" : undefined}>
                  {column.header}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={rowKey(row)} role="row" className={styles.row}>
              {columns.map((column) => {
                const content = (
                  <>
                    {column.rowHeader || column.hideHeader ? null : (
                      <span className={styles.beside} aria-hidden>
                        {column.header}
                      </span>
                    )}
                    <span className={styles.content}>{column.cell(row)}</span>
                  </>
                );
                const className = cx(
                  styles.cell,
                  column.align === "end" && styles.end,
                  column.rowHeader && styles.name,
                );
                return column.rowHeader ? (
                  <th key={column.key} role="rowheader" scope="row" className={className}>
                    {content}
                  </th>
                ) : (
                  // eslint-disable-next-line jsx-a11y/no-interactive-element-to-noninteractive-role -- see above
                  <td key={column.key} role="cell" className={className}>
                    {content}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
