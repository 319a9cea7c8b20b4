/** Scripts in the sandbox: what they may do, and that hostile ones harm nobody. */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { SecretMarks } from "../../src/base/secret_marks.ts";
import { createScriptEngine, type ScriptCall, type ScriptResult } from "../../src/sandbox/scripts.ts";
import { openSandbox } from "./open_sandbox.ts";

const CALL: ScriptCall = {
  ...{ params: { x: 1 }, input: { y: 2 }, deadlineMs: 20_000, outputMax: 10_000 },
  secrets: new SecretMarks("of-the-test"),
  host: () => Promise.reject(new Error("no host")),
};

async function withEngine(
  body: (run: (source: string, call?: Partial<ScriptCall>) => Promise<ScriptResult>) => Promise<void>,
): Promise<void> {
  await using opened = openSandbox();
  const engine = createScriptEngine(opened.sandbox);
  await body((source, call = {}) => engine.run(source, { ...CALL, ...call }));
}

function output(result: ScriptResult): JsonObject {
  assert.ok(result.ok, JSON.stringify(result));
  return result.output;
}

Deno.test("a script gets params, input and a log, with two parameters or three, also as TypeScript", async () => {
  await withEngine(async (run) => {
    const plain = await run("function main(params, input) { return { sum: params.x + input.y }; }");
    assert.deepEqual(plain, { ok: true, output: { sum: 3 }, logs: [] });
    const typed = await run(
      `type P = { x: number };
       export async function main(params: P, input: unknown, ctx: any): Promise<object> {
         ctx.log("  got", params); ctx.log(" "); console.log(input); return { x: params.x as number };
       }`,
    );
    assert.deepEqual(typed, { ok: true, output: { x: 1 }, logs: ['got {"x":1}', '{"y":2}'] });
    assert.deepEqual(output(await run("export default function main() { return { ok: true }; }")), {
      ok: true,
    });
  });
});

Deno.test("a script asks the host, several at once; what the host refuses is an error it can catch", async () => {
  await withEngine(async (run) => {
    const asked: unknown[] = [];
    const host: ScriptCall["host"] = ({ kind, request }) => {
      asked.push([kind, request]);
      return request.url === "http://no/"
        ? Promise.reject(new Error("Network access is disabled"))
        : Promise.resolve({ status_code: 200, body: request.url ?? "rows" });
    };
    const result = await run(
      `async function main(params, input, ctx) {
        const [a, b] = await Promise.all([ctx.http.get("http://a/"), ctx.call_sql_api("/hosts", { n: 1 }, 5)]);
        try { await ctx.http.post("http://no/", { h: "1" }, { b: 2 }); } catch (error) { return { a, b, error: error.message }; }
      }`,
      { host },
    );
    assert.deepEqual(output(result), {
      a: { status_code: 200, body: "http://a/" },
      b: { status_code: 200, body: "rows" },
      error: "Network access is disabled",
    });
    assert.deepEqual(asked[1], ["api", { target: "/hosts", params: { n: 1 }, limit: 5 }]);
  });
});

Deno.test("check: what is wrong with a script is told with its line", async () => {
  await using opened = openSandbox();
  const { check } = createScriptEngine(opened.sandbox);
  assert.equal(await check("const main = (params) => ({});"), null);
  assert.deepEqual(await check("function mian() {}"), {
    message: "Script must define main(params, input, ctx)",
    line: null,
  });
  assert.equal((await check("let a = 1;\nlet b = ;\nfunction main() {}"))!.line, 2);
  assert.match(
    (await check("enum A { B }\nfunction main() {}"))!.message,
    /enum is not supported.*\(line 1\)/,
  );
});

const HOSTILE: readonly [what: string, source: string, kind: string, error: RegExp][] = [
  ["an endless loop", "function main() { while (true); }", "timeout", /timed out/],
  ["an endless loop at the top", "while (true); function main() {}", "timeout", /timed out/],
  ["an endless promise", "function main() { return new Promise(() => {}); }", "timeout", /timed out/],
  ["a loop of promises", "async function main() { for (;;) await null; }", "timeout", /timed out/],
  [
    "a memory bomb",
    "function main() { const a = []; for (;;) a.push('x'.repeat(1e6) + a.length); }",
    "memory",
    /memory/,
  ],
  ["a huge text", "function main() { return { a: new Array(1e9) + '' }; }", "timeout", /timed out/],
  ["deep recursion", "function main() { return main(); }", "script", /stack overflow/],
  [
    "mutual recursion through a getter",
    "const o = { get a() { return o.a; } }; function main() { return o.a; }",
    "script",
    /stack/,
  ],
  [
    "a slow expression",
    "function main() { /(a+)+$/.test('a'.repeat(60) + 'b'); return {}; }",
    "timeout",
    /timed out/,
  ],
  [
    "an output beyond all bounds",
    "function main() { return { a: 'x'.repeat(5e6) }; }",
    "script",
    /byte limit/,
  ],
  ["a huge output", "function main() { return { a: 'x'.repeat(20000) }; }", "script", /allowed byte limit/],
  [
    "an output of getters that throw",
    "function main() { return { get a() { throw new Error('mine'); } }; }",
    "script",
    /mine/,
  ],
  [
    "a proxy as output",
    "function main() { return new Proxy({}, { ownKeys() { throw new Error('mine'); } }); }",
    "script",
    /mine/,
  ],
  ["a circle as output", "function main() { const a = {}; a.a = a; return a; }", "script", /circular/],
  ["something thrown that is no error", "function main() { throw { a: 1 }; }", "script", /"a":1/],
  [
    "something thrown that throws",
    "function main() { throw { toJSON() { throw 1; } }; }",
    "script",
    /cannot be shown/,
  ],
  [
    "an import of the platform",
    "import fs from 'node:fs'; export function main() {}",
    "script",
    /no module "node:fs"/,
  ],
  ["a later import", "async function main() { await import('node:fs'); }", "script", /no module "node:fs"/],
  [
    "a forged state",
    "JSON.stringify = () => '{\"asks\":5}'; function main() { return {}; }",
    "script",
    /spoiled/,
  ],
];

for (const [what, source, kind, error] of HOSTILE) {
  Deno.test(`hostile script: ${what} is an error in time, and the next script runs`, async () => {
    await withEngine(async (run) => {
      const from = systemClock.monotonic();
      // A bomb is to meet the bound of memory, however slow the machine is.
      const result = await run(source, { deadlineMs: kind === "memory" ? 10_000 : 500 });
      // The child's own time to start, and the grace of one that cannot be stopped from within.
      assert.ok(systemClock.monotonic() - from < 15_000);
      assert.ok(!result.ok, JSON.stringify(result));
      assert.equal(result.kind, kind, JSON.stringify(result));
      assert.match(result.error, error);
      assert.deepEqual(output(await run("function main() { return { well: true }; }")), { well: true });
    });
  });
}

Deno.test("hostile script: what one tampers with is whole again for the next, and for itself", async () => {
  await withEngine(async (run) => {
    const tampering = `
      Object.prototype.evil = 1; Array.prototype.map = () => ["evil"]; Promise.prototype.then = () => 5;
      globalThis.seen = (globalThis.seen ?? 0) + 1;
      function main() { return { seen: globalThis.seen }; }`;
    await run(tampering);
    const probe = `function main() {
      return { evil: String({}.evil), map: [1].map((n) => n + 1), seen: typeof globalThis.seen };
    }`;
    assert.deepEqual(output(await run(probe)), { evil: "undefined", map: [2], seen: "undefined" });
    const counting =
      "globalThis.seen = (globalThis.seen ?? 0) + 1; function main() { return { seen: globalThis.seen }; }";
    for (let i = 0; i < 3; i++) assert.deepEqual(output(await run(counting)), { seen: 1 });
  });
});

Deno.test("hostile script: nothing of the platform is within reach", async () => {
  await withEngine(async (run) => {
    const names = [
      "Deno",
      "process",
      "require",
      "fetch",
      "Worker",
      "WebAssembly",
      "setTimeout",
      "XMLHttpRequest",
    ];
    const source = `function main() {
      const reached = ${JSON.stringify(names)}.filter((name) => typeof globalThis[name] !== "undefined");
      const made = (() => {}).constructor("return typeof Deno + typeof process")();
      return { reached, made };
    }`;
    assert.deepEqual(output(await run(source)), { reached: [], made: "undefinedundefined" });
  });
});

Deno.test("hostile script: one that logs and asks without end is bounded", async () => {
  await withEngine(async (run) => {
    const logs = await run(
      "function main(p, i, ctx) { for (let n = 0; n < 1e5; n++) ctx.log(n); return {}; }",
    );
    assert.equal(logs.logs.length, 1_001);
    const host = () => Promise.resolve({});
    const asks = await run("async function main(p, i, ctx) { for (;;) await ctx.http.get('u'); }", { host });
    assert.ok(!asks.ok && /more than 100 requests/.test(asks.error), JSON.stringify(asks));
  });
});

Deno.test("hostile script: one that overruns again and again is refused, others are not", async () => {
  await withEngine(async (run) => {
    const endless = "function main() { while (true); }";
    for (let i = 0; i < 3; i++) assert.equal((await run(endless, { deadlineMs: 50 })).ok, false);
    const refused = await run(endless, { deadlineMs: 50 });
    assert.ok(
      !refused.ok && refused.kind === "sandbox" && /overran/.test(refused.error),
      JSON.stringify(refused),
    );
    assert.ok((await run("function main() { return {}; }")).ok);
  });
});

Deno.test("hostile script: the memory that bombs took is given back", async () => {
  await withEngine(async (run) => {
    await run("function main() { return {}; }");
    const before = await childBytes();
    for (const n of [1, 2]) {
      await run(`function main() { const a = []; for (;;) a.push("x".repeat(1e6) + ${n} + a.length); }`);
    }
    await run("function main() { return {}; }");
    const after = await childBytes();
    assert.ok(after < before * 1.3, `${before} bytes before, ${after} after`);
  });
});

/** Resident memory of this process's children. */
async function childBytes(): Promise<number> {
  const script =
    `for f in /proc/[0-9]*/stat; do set -- $(cat "$f" 2>/dev/null); [ "$4" = "${Deno.pid}" ] && ` +
    `grep VmRSS "/proc/$1/status"; done; true`;
  const shown = await new Deno.Command("/bin/sh", { args: ["-c", script] }).output();
  const lines = new TextDecoder().decode(shown.stdout).matchAll(/(\d+) kB/g);
  return [...lines].reduce((sum, [, kb]) => Math.max(sum, 1024 * Number(kb)), 0);
}
