/**
 * GET /docs: the OpenAPI document as a page for people, in English or Korean (`?lang=ko`, else what the browser
 * prefers). Everything comes from this server: the page, its style and its script, which filters and puts the
 * address of the page into examples. It tells nothing of data, and a browser that opens a page sends no token: it
 * is served to anybody.
 */
import { createHash } from "node:crypto";
import type { JsonObject } from "../src/base/json.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./docs_assets.ts";
import { type AllRoutes, openapiDocument } from "./openapi/document.ts";
import { Query } from "./query.ts";
import type { RouteTable } from "./route_table.ts";

const TEXTS = {
  en: {
    title: "Tocsin HTTP API",
    intro: "Made from the same schemas that the server checks with.",
    search: "Search paths and summaries",
    parameters: "Parameters",
    body: "Body",
    answer: "Answer",
    example: "Example",
    schemas: "Schemas",
    document: "OpenAPI document",
    other: "한국어",
    required: "required",
  },
  ko: {
    title: "Tocsin HTTP API",
    intro: "서버가 검사에 쓰는 스키마에서 그대로 만들었습니다.",
    search: "경로와 요약 검색",
    parameters: "매개변수",
    body: "본문",
    answer: "응답",
    example: "예시",
    schemas: "스키마",
    document: "OpenAPI 문서",
    other: "English",
    required: "필수",
  },
} as const;
type Language = keyof typeof TEXTS;
type Words = Record<keyof typeof TEXTS["en"], string>;

const POLICY =
  `default-src 'none'; style-src '${hashOf(PAGE_STYLE)}'; script-src '${hashOf(PAGE_SCRIPT)}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** @param all every route, once all are registered */
export function docsPageRoutes(routes: RouteTable, all: () => AllRoutes): void {
  const pages = new Map<Language, string>();
  routes.raw("GET", "/docs", (request) => {
    const language = languageOf(request);
    const page = pages.get(language) ?? pageText(openapiDocument(all()) as unknown as Shown, language);
    pages.set(language, page);
    return new Response(page, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-language": language,
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        vary: "accept-language",
      },
    });
  }, "open");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function languageOf(request: Request): Language {
  const asked = Query.of(request.url, ["lang"]).oneOf("lang", ["en", "ko"] as const);
  return asked ?? (/^ko\b/i.test(request.headers.get("accept-language") ?? "") ? "ko" : "en");
}

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  deprecated?: boolean;
  parameters: { name: string; in: string; required: boolean }[];
  requestBody?: { content: Record<string, { schema: JsonObject }> };
  responses: Record<string, { content?: Record<string, { schema: JsonObject }> }>;
}

interface Shown {
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonObject> };
}

function pageText({ info, paths, components }: Shown, language: Language): string {
  const words = TEXTS[language];
  const groups = new Map<string, string[]>();
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags[0] ?? "";
      groups.set(tag, [
        ...groups.get(tag) ?? [],
        operationText(method.toUpperCase(), path, { operation, words }),
      ]);
    }
  }
  const links = [...groups.keys()].map((tag) => `<a href="#${escaped(tag)}">${escaped(tag)}</a>`).join(" ");
  const sections = [...groups].map(([tag, list]) =>
    `<section id="${escaped(tag)}"><h2>${escaped(tag)}</h2>${list.join("")}</section>`
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) =>
    `<details class="item" id="schema-${escaped(name)}"><summary>${escaped(name)}</summary>${
      codeText(schema)
    }</details>`
  );
  const other = language === "en" ? "ko" : "en";
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${words.title}</title><style>${PAGE_STYLE}</style></head><body>
<header><h1>${words.title} <small>${escaped(info.version)}</small></h1><p>${words.intro}
<a href="/api/v1/openapi.json">${words.document}</a> <a href="?lang=${other}" lang="${other}">${words.other}</a></p>
<input id="search" type="search" placeholder="${words.search}" aria-label="${words.search}" autofocus>
<nav>${links} <a href="#schemas">${words.schemas}</a></nav></header>
<main>${sections.join("\n")}<section id="schemas"><h2>${words.schemas}</h2>${
    schemas.join("")
  }</section></main>
<script>${PAGE_SCRIPT}</script></body></html>
`;
}

function operationText(
  method: string,
  path: string,
  { operation, words }: { operation: Operation; words: Words },
): string {
  const { operationId, summary, deprecated, parameters, requestBody, responses } = operation;
  const names = parameters.map(({ name, in: place, required }) =>
    `<li><code>${escaped(name)}</code> ${place}${required ? `, ${words.required}` : ""}</li>`
  );
  const answers = Object.entries(responses).map(([status, { content }]) =>
    `<li>${status} ${contentText(content)}</li>`
  );
  return `<details class="item${deprecated ? " off" : ""}" id="${escaped(operationId)}"><summary>` +
    `<b class="${method}">${method}</b> <code>${escaped(path)}</code> ${escaped(summary)}</summary>` +
    (names.length > 0 ? `<h3>${words.parameters}</h3><ul>${names.join("")}</ul>` : "") +
    (requestBody ? `<h3>${words.body}</h3><ul><li>${contentText(requestBody.content)}</li></ul>` : "") +
    `<h3>${words.answer}</h3><ul>${answers.join("")}</ul>` +
    `<h3>${words.example}</h3><pre>${curlText(method, path, requestBody !== undefined)}</pre></details>`;
}

function contentText(content: Record<string, { schema: JsonObject }> = {}): string {
  return Object.entries(content).map(([media, { schema }]) => `${escaped(media)} ${schemaText(schema)}`).join(
    ", ",
  );
}

/** A link to a component, or a page of them; what is written in place otherwise. */
function schemaText(schema: JsonObject): string {
  const text = JSON.stringify(schema);
  const refs = [...new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name!))];
  if (refs.length > 0) return refs.map((name) => `<a href="#schema-${name}">${name}</a>`).join(", ");
  return text.length < 60 ? "" : codeText(schema);
}

function codeText(schema: JsonObject): string {
  return `<pre>${escaped(JSON.stringify(schema, null, 2))}</pre>`;
}

/** The page's script puts the address that it was opened at in the place of the usual one. */
function curlText(method: string, path: string, hasBody: boolean): string {
  const verb = method === "GET" ? "" : `-X ${method} `;
  // curl would take braces for a pattern of its own.
  const shown = path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
  const body = hasBody ? ` \\\n  -H 'content-type: application/json' -d '{}'` : "";
  const origin = '<span class="origin">http://127.0.0.1:8080</span>';
  return `${escaped(`curl ${verb}"`)}${origin}${escaped(`${shown}"${body}`)}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}
