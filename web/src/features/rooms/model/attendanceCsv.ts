/** A table as CSV (RFC 4180), for a spreadsheet. */

/**
 * Excel takes the list separator from the system's language: a semicolon where the comma is the
 * decimal mark, as in Polish and Ukrainian.
 */
export function separatorFor(language: string): "," | ";" {
  return language === "en" ? "," : ";";
}

export function toCsv(rows: readonly (readonly string[])[], separator: "," | ";"): string {
  const body = rows.map((row) => row.map((cell) => quote(cell, separator)).join(separator));
  // The byte order mark tells Excel that this is UTF-8.
  return `\uFEFF${body.join("\r\n")}\r\n`;
}

function quote(cell: string, separator: string): string {
  // A guest chooses their own name: one that starts like a formula must stay text.
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  if (!safe.includes(separator) && !/["\r\n]/.test(safe)) return safe;
  return `"${safe.replaceAll('"', '""')}"`;
}
