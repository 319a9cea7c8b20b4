/**
 * What must not be written down in a repository that others clone: hosts of package registries (a lock file
 * that names one ties everybody to it), paths of the machine it was written on, and left-over markers.
 * The patterns are written so that this file does not match itself. Run as a program, it also checks that
 * what comments cite is there (citations.ts).
 */
import { checkCitations } from "./citations.ts";
import { sourceFiles } from "./source_files.ts";

interface Forbidden {
  what: string;
  pattern: RegExp;
  /** Checked in these files only; absent: in all. */
  only?: RegExp;
}

const FORBIDDEN: readonly Forbidden[] = [
  { what: "the host of a package registry", pattern: /\bregistry\.[a-z0-9-]+\.[a-z]{2,}/i },
  {
    what: "an address in a lock file",
    pattern: /https?:\/\//,
    only: /(^|\/)(deno\.lock|package-lock\.json)$/,
  },
  {
    what: "a path of somebody's machine",
    pattern: /(?<![\w.$~/-])\/(?:work|root|workspace|home\/[\w.-]+|Users\/[\w.-]+)\/[\w.-]/,
  },
  { what: "a left-over marker", pattern: /\b(?:TO[D]O|FIX[M]E|XX[X])\b/ },
  { what: "a lint exception for a whole file", pattern: /\/\/ deno-lint-ignore-[f]ile/ },
];

const ENDINGS = [".ts", ".tsx", ".json", ".lock", ".md", ".css", ".html", ".yaml", ".yml", ".toml", ".sh"];
const NAMES = [".ci/run", "Dockerfile", ".dockerignore", ".gitignore"];

/** `path:line: what` for every place that holds something forbidden. */
export function forbiddenText(path: string, text: string): string[] {
  const patterns = FORBIDDEN.filter(({ only }) => only === undefined || only.test(path));
  return text.split("\n").flatMap((line, index) =>
    patterns.filter(({ pattern }) => pattern.test(line)).map(({ what }) => `${path}:${index + 1}: ${what}`)
  );
}

/** Checks every text file under `root`. */
export function checkRepositoryText(root: string): string[] {
  return sourceFiles(root, [...ENDINGS, ...NAMES])
    .flatMap((path) => forbiddenText(path, Deno.readTextFileSync(`${root}/${path}`)));
}

if (import.meta.main) {
  const root = Deno.args[0] ?? ".";
  const faults = [...checkRepositoryText(root), ...checkCitations(root)];
  for (const fault of faults) console.error(`fail  ${fault}`);
  console.log(`text: ${faults.length} faults`);
  if (faults.length > 0) Deno.exit(1);
}
