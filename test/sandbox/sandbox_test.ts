/** The pool of children: what they may do, and what happens when foreign code overruns its bounds. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import { OVERRUNS_MAX, type Program, QUEUE_MAX } from "../../src/sandbox/sandbox.ts";
import { createTemplateEngine } from "../../src/sandbox/templates.ts";
import { openSandbox } from "./open_sandbox.ts";

const HERE = import.meta.url;
const PROGRAM: Program = { id: "one", kind: "template", input: null };
const ENDLESS =
  "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}";

function text(body: string) {
  return { body, subject: null, mode: "text" as const };
}

Deno.test("sandbox: a child has no permission of any kind", async () => {
  await using opened = openSandbox({ entry: new URL("probing_child.ts", HERE) });
  const reply = await opened.sandbox.call(PROGRAM, "any", { input: null, deadlineMs: 1000 });
  assert(reply.ok);
  const states = new Set(Object.values(reply.value as Record<string, string>));
  assert.deepEqual([...states].filter((state) => state === "granted" || state === "partial"), []);
});

Deno.test("sandbox: a child that does not answer is killed, and the next job gets a new one", async () => {
  await using opened = openSandbox({ entry: new URL("silent_child.ts", HERE), startMs: 0 });
  const call = (id: string) => opened.sandbox.call({ ...PROGRAM, id }, "any", { input: null, deadlineMs: 1 });
  const [first, second] = await Promise.all([call("one"), call("two")]);
  assert.equal(first.ok || first.kind, "ended");
  assert.equal(second.ok || second.kind, "ended");
  assert.match(await opened.metrics.render(), /tocsin_sandbox_starts_total 2\n/);
});

Deno.test("sandbox: a child that cannot start is told in the log, and no program answers for it", async () => {
  await using opened = openSandbox({ entry: new URL("no_such_child.ts", HERE) });
  for (let time = 0; time <= OVERRUNS_MAX; time++) {
    const reply = await opened.sandbox.call(PROGRAM, "any", { input: null, deadlineMs: 1000 });
    assert.equal(reply.ok || reply.kind, "ended");
  }
  while (opened.logged.length === 0) await turn(systemClock);
  assert.match(opened.logged[0]!, /a child of the sandbox ended by itself.*no_such_child/);
});

Deno.test("sandbox: jobs beyond the queue are refused at once, and stopping ends those that wait", async () => {
  const opened = openSandbox({ entry: new URL("silent_child.ts", HERE) });
  const call = () => opened.sandbox.call(PROGRAM, "any", { input: null, deadlineMs: 60_000 });
  const waiting = Array.from({ length: QUEUE_MAX + 1 }, call);
  const refused = await call();
  assert.equal(refused.ok || refused.kind, "overloaded");
  await opened[Symbol.asyncDispose]();
  const replies = await Promise.all(waiting);
  assert.equal(replies.filter((reply) => !reply.ok && reply.kind === "stopped").length, QUEUE_MAX);
});

Deno.test("sandbox: a template without end costs others nothing, and is refused when it goes on", async () => {
  await using opened = openSandbox({ children: 2 });
  const engine = createTemplateEngine(opened.sandbox);
  const [endless, good] = [text(ENDLESS), text("{{ a }}")];
  // Both children are up, and the first overrun is known.
  const first = await engine.render(endless, {});
  assert.equal(first.ok || first.problem.kind, "LimitError");
  await engine.render(good, { a: 0 });

  const overrunning = Array.from({ length: 10 }, () => engine.render(endless, {}));
  let waiting = overrunning.length;
  for (const one of overrunning) void one.then(() => waiting--);
  for (let a = 1; a <= 20; a++) {
    assert.deepEqual(await engine.render(good, { a }), {
      ok: true,
      rendered: { output: String(a), subject: null },
    });
  }
  assert(waiting > 0, "the good renderings did not wait for the endless ones");
  const last = (await Promise.all(overrunning)).at(-1)!;
  assert(!last.ok);
  const blocked = await engine.render(endless, {});
  assert(!blocked.ok && blocked.cause === "sandbox");
  assert.match(blocked.problem.message, new RegExp(`overran its bounds (${OVERRUNS_MAX}|\\d\\d) times`));
});

Deno.test("sandbox: renderings do not see each other's data", async () => {
  await using opened = openSandbox();
  const engine = createTemplateEngine(opened.sandbox);
  const source = text("{{ metadata.pop('a') }}{{ metadata.update({'b': 2}) }}{{ b | default('-') }}");
  const context = { metadata: { a: 1 } };
  for (let time = 0; time < 3; time++) {
    const result = await engine.render(source, context);
    assert.deepEqual(result, { ok: true, rendered: { output: "1None-", subject: null } });
  }
});

Deno.test("sandbox: more templates than a child keeps are loaded again when they are needed", async () => {
  await using opened = openSandbox();
  const engine = createTemplateEngine(opened.sandbox);
  const sources = Array.from({ length: 30 }, (_unused, number) => text(`${number}: {{ a }}`));
  for (let round = 0; round < 2; round++) {
    for (const [number, source] of sources.entries()) {
      const result = await engine.render(source, { a: round });
      assert.deepEqual(result, { ok: true, rendered: { output: `${number}: ${round}`, subject: null } });
    }
  }
});
