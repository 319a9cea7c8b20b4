/** The TypeScript files under a folder, as paths relative to it, sorted; build output and data are left out. */
const LEFT_OUT = new Set([".git", "node_modules", "data", "coverage", "dist"]);

/** Paths relative to `root`, with forward slashes, of every file whose name ends in one of `endings`. */
export function sourceFiles(root: string, endings: readonly string[] = [".ts", ".tsx"]): string[] {
  return [...walk(root, "")].filter((path) => endings.some((ending) => path.endsWith(ending))).sort();
}

function* walk(root: string, folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(`${root}/${folder}`)) {
    const path = `${folder}${entry.name}`;
    // test/data holds test data: only the folder at the root is the server's.
    if (entry.isDirectory && !(LEFT_OUT.has(entry.name) && (folder === "" || entry.name !== "data"))) {
      yield* walk(root, `${path}/`);
    } else if (entry.isFile) yield path;
  }
}
