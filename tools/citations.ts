/**
 * Comments cite paragraphs by number: `SEMANTICS 21`, `INVARIANTS 11, 12`. Each number must be a heading
 * (`### 21. ...`) of the page that the word stands for, and the files that hold an invariant must exist.
 */
import { sourceFiles } from "./source_files.ts";

/** Where the numbers of a word are explained. */
const PAGES: Readonly<Record<string, string>> = {
  SEMANTICS: "docs/semantics.md",
  INVARIANTS: "docs/invariants.md",
};
/** Of a document that is not part of the repository. */
const UNKNOWN = "DESIGN";

// A comment may break the line before a number; its next line begins with " * " or "// ".
const BREAK = String.raw`(?:\s|\n\s*(?:\*|//))+`;
const CITATION = new RegExp(
  String.raw`\b(${Object.keys(PAGES).join("|")}|${UNKNOWN})${BREAK}(\d+(?:(?:,| and| to)${BREAK}\d+)*)`,
  "g",
);
const HEADING = /^### (\d+)\. /gm;
const HOLDER = /`((?:test|bench)\/[^`]+)`/g;

export interface Citation {
  line: number;
  word: string;
  numbers: number[];
}

/** Every citation of a text. */
export function citations(text: string): Citation[] {
  return [...text.matchAll(CITATION)].map((match) => ({
    line: text.slice(0, match.index).split("\n").length,
    word: match[1]!,
    numbers: (match[2]!.match(/\d+/g) ?? []).map(Number),
  }));
}

/** `path:line: what` for every citation that leads nowhere, and every holder that is not there. */
export function checkCitations(root: string): string[] {
  const read = (path: string) => Deno.readTextFileSync(`${root}/${path}`);
  const files = sourceFiles(root, [".ts", ".md"]);
  const headings = new Map(
    Object.entries(PAGES).map(([word, page]) => [word, files.includes(page) ? headingsOf(read(page)) : []]),
  );
  const broken = files.filter((path) => !path.startsWith("test/tools/")).flatMap((path) =>
    citations(read(path)).flatMap(({ line, word, numbers }) =>
      numbers.filter((n) => !headings.get(word)?.includes(n))
        .map((n) => `${path}:${line}: ${word} ${n} is not a heading of ${PAGES[word] ?? "any page"}`)
    )
  );
  return [...broken, ...missingHolders(files, read)];
}

function headingsOf(text: string): number[] {
  return [...text.matchAll(HEADING)].map((match) => Number(match[1]));
}

function missingHolders(files: readonly string[], read: (path: string) => string): string[] {
  const page = PAGES.INVARIANTS!;
  if (!files.includes(page)) return [];
  const named = [...read(page).matchAll(HOLDER)].map((match) => match[1]!);
  return named.filter((path) => !files.includes(path)).map((path) => `${page}: ${path} does not exist`);
}
