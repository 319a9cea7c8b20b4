/** The logic of an API definition of type "sql": one query, that is one SELECT or WITH, over lookup tables. */

/** What is wrong with it; null: nothing that could be seen without running it. */
export function sqlLogicFault(sql: string): string | null {
  const bare = withoutNoise(sql);
  if (!/^(select|with)\b/i.test(bare)) return "Cannot run this SQL: expected one SELECT or WITH";
  if (/;\s*\S/.test(bare)) return "Cannot run this SQL: expected a single statement";
  return null;
}

/**
 * Which of these tables it may read: those whose names stand in it, outside of texts. Of tables that SQLite knows
 * by the same name (it knows no case of ASCII letters) the one that is spelled as in the query, else the first.
 */
export function tablesIn(sql: string, tables: readonly string[]): string[] {
  const words = wordsOf(sql);
  const mentioned = new Set([...words].map(sqlName));
  const found = new Map<string, string>();
  for (const table of tables) {
    const name = sqlName(table);
    if (!mentioned.has(name)) continue;
    const other = found.get(name);
    if (other === undefined || (words.has(table) && !words.has(other))) found.set(name, table);
  }
  return [...found.values()];
}

/** A name as SQLite compares it. */
export function sqlName(name: string): string {
  return name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

const QUOTED = { '"': /""/g, "`": /``/g, "'": /''/g } as const;

/** Names in it, and keywords. A text is a name only where SQLite takes it for one. */
function wordsOf(sql: string): Set<string> {
  const words = new Set<string>();
  let before = "";
  for (const [part] of sql.matchAll(PARTS)) {
    if (/^(--|\/\*)/.test(part)) continue;
    const quote = part[0]!;
    if (quote === "[") words.add(part.slice(1, -1));
    else if (quote === '"' || quote === "`" || (quote === "'" && /^(from|join|,)$/i.test(before))) {
      words.add(part.slice(1, -1).replaceAll(QUOTED[quote], quote));
    } else if (quote !== "'") words.add(part);
    before = part;
  }
  return words;
}

/** The query alone: without comments, and without the semicolon at its end. */
export function bareQuery(sql: string): string {
  return sql.replaceAll(NOISE, (part) => /^(--|\/\*)/.test(part) ? " " : part).trim().replace(/\s*;$/, "");
}

const NOISE = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]/g;
const PARTS = new RegExp(`${NOISE.source}|[\\w$\\u0080-\\uffff]+|\\S`, "g");

/** Comments gone, texts and quoted names emptied, so that what is left is keywords and signs. */
export function withoutNoise(sql: string): string {
  return sql.replaceAll(NOISE, (part) => /^(--|\/\*)/.test(part) ? " " : "x").trim();
}
