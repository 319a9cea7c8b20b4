/** The page at /docs: complete, in two languages, and nothing in it comes from elsewhere. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { PAGE_SCRIPT } from "../../routes/docs_assets.ts";
import { openApi } from "./api.ts";

Deno.test("docs: the page shows every operation and schema, and serves whoever opens it", async () => {
  await using api = await openApi({ token: "t0ken-of-the-test" });
  const page = await get(api, "/docs");
  assert.equal(page.status, 200);
  const text = await page.text();
  const document = await (await get(api, "/api/v1/openapi.json")).json();
  for (const item of Object.values<Record<string, { operationId: string }>>(document.paths)) {
    for (const { operationId } of Object.values(item)) {
      assert(text.includes(`id="${operationId}"`), operationId);
    }
  }
  for (const name of Object.keys(document.components.schemas)) {
    assert(text.includes(`id="schema-${name}"`), name);
  }
  const example = 'curl &quot;<span class="origin">http://127.0.0.1:8080</span>/api/v1/rules/ID&quot;';
  assert(text.includes(example));
});

Deno.test("docs: nothing is loaded from elsewhere, and only the page's own script may run", async () => {
  await using api = await openApi();
  const page = await get(api, "/docs");
  const text = await page.text();
  assert.doesNotMatch(text, /(?:src|href)="(?:https?:)?\/\//);
  assert.doesNotMatch(text, /<(?:link|img|iframe)|url\(|@import/);
  const policy = page.headers.get("content-security-policy")!;
  assert.match(policy, /^default-src 'none'; /);
  assert.doesNotMatch(policy, /unsafe/);
  for (const tag of ["style", "script"]) {
    const [, inner] = new RegExp(`<${tag}>([^]*)</${tag}>`).exec(text)!;
    const hash = createHash("sha256").update(inner!).digest("base64");
    assert(policy.includes(`${tag}-src 'sha256-${hash}'`), tag);
  }
});

Deno.test("docs: examples name the address that the page was opened at, as text", () => {
  const spans = [{ textContent: "" }, { textContent: "" }];
  const page = {
    querySelectorAll: (selector: string) => selector === ".origin" ? spans : [],
    getElementById: () => ({ addEventListener() {} }),
  };
  const origin = "https://tocsin.example:8443";
  const run = new Function("document", "location", "addEventListener", PAGE_SCRIPT);
  run(page, { origin, hash: "" }, () => {});
  assert.deepEqual(spans.map(({ textContent }) => textContent), [origin, origin]);
});

Deno.test("docs: Korean for those who ask for it", async () => {
  await using api = await openApi();
  assert.match(await (await get(api, "/docs?lang=ko")).text(), /<html lang="ko">[^]*경로와 요약 검색/);
  assert.match(
    await (await get(api, "/docs", { "accept-language": "ko-KR,ko;q=0.9" })).text(),
    /<html lang="ko">/,
  );
  assert.match(await (await get(api, "/docs")).text(), /<html lang="en">/);
  assert.equal((await get(api, "/docs?lang=xx")).status, 400);
});

async function get(
  api: Awaited<ReturnType<typeof openApi>>,
  path: string,
  headers: HeadersInit = {},
): Promise<Response> {
  return await api.app.fetch(new Request(`http://127.0.0.1${path}`, { headers }));
}
