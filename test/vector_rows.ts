/** Reads a file of test vectors; its shape is what the caller says. */
export function vectors<T>(path: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(`./vectors/${path}`, import.meta.url)));
}
