/** The table of codes in docs/api.md holds every code that the server answers with. */
import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);
/** How a code is given in the source. */
const GIVEN = [
  /code: "([a-z_]+)"/g,
  /badRequest\(\s*"(\w+)"/g,
  /(?:report|refuse|refused)\(\s*(?:(?:report|path|\[[^\]]*\]|"\w+"),\s*)?"([a-z_]+)"[,)]/g,
];
/** Of what is not found, the noun. */
const NOT_FOUND = /notFound\("(\w+)"/g;
/** zod's own mark of a fault that carries a code. */
const NO_CODES = new Set(["custom"]);
/** The compatibility router tells no codes; the others are told in other places than answers. */
const OTHER_CODES = /^(?:routes\/compat\/|src\/(?:import|sandbox)\/)/;

Deno.test("docs: the table of codes lacks none that the source gives", () => {
  const [, section = ""] = Deno.readTextFileSync(new URL("docs/api.md", ROOT)).split("\n## Errors\n");
  const listed = new Set([...section.matchAll(/`(\w+)`/g)].map(([, code]) => code));
  const missing = ["src", "actors", "routes"].flatMap((room) => sources(`${room}/`)).flatMap((path) =>
    codesIn(Deno.readTextFileSync(new URL(path, ROOT))).filter((code) => !listed.has(code))
      .map((code) => `${code} (${path})`)
  );
  assert.deepEqual(missing, []);
});

function sources(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) => {
    const path = folder + name;
    if (OTHER_CODES.test(path)) return [];
    if (isDirectory) return sources(`${path}/`);
    return name.endsWith(".ts") ? [path] : [];
  });
}

function codesIn(text: string): string[] {
  const given = GIVEN.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code]) => code!));
  const nouns = [...text.matchAll(NOT_FOUND)].map(([, noun]) => `${noun}_not_found`);
  return [...given, ...nouns].filter((code) => !NO_CODES.has(code));
}
