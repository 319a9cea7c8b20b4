/** The logic of an API definition of type "sql": one query, that is one SELECT or WITH, over lookup tables. */

/** What is wrong with it; null: nothing that could be seen without running it. */
export function sqlLogicFault(sql: string): string | null {
  const bare = withoutNoise(sql);
  if (!/^(select|with)\b/i.test(bare)) return "Cannot run this SQL: expected one SELECT or WITH";
  if (/;\s*\S/.test(bare)) return "Cannot run this SQL: expected a single statement";
  return null;
}

/** Which of these tables it may read: those whose names stand in it. */
export function tablesIn(sql: string, tables: readonly string[]): string[] {
  const text = sql.toLowerCase();
  return tables.filter((table) => text.includes(table.toLowerCase()));
}

/** Comments gone, texts and quoted names emptied, so that what is left is keywords and signs. */
export function withoutNoise(sql: string): string {
  return sql.replaceAll(
    /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]/g,
    (part) => /^(--|\/\*)/.test(part) ? " " : "x",
  ).trim();
}
