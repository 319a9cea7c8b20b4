/** docs/jinja2.md is what the engine does today. */
import assert from "node:assert/strict";
import { createTemplateEngine } from "../../src/sandbox/templates.ts";
import { jinja2Page, PAGE } from "../../tools/jinja2_page.ts";
import { openSandbox } from "../sandbox/open_sandbox.ts";

/** Cells of a row, as the formatter pads them. */
function unpadded(page: string): string {
  return page.replace(/ +\|/g, " |").replace(/\| +/g, "| ").replace(/-{3,}/g, "---");
}

Deno.test("the page on Jinja2 says what a run of the vectors says (deno task jinja2 writes it)", async () => {
  await using opened = openSandbox();
  const page = await jinja2Page(createTemplateEngine(opened.sandbox));
  assert.equal(unpadded(Deno.readTextFileSync(PAGE)), unpadded(page));
});
