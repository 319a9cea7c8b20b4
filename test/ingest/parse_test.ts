import assert from "node:assert/strict";
import fc from "fast-check";
import { systemClock } from "../../src/base/clock.ts";
import { BodyBudget } from "../../src/ingest/body_budget.ts";
import { SLICE_BYTES_MAX, SLICE_EVENTS_MAX } from "../../src/ingest/event_slice.ts";
import { parseEvents } from "../../src/ingest/parse.ts";
import { StallWatch } from "../../src/ingest/stall_watch.ts";
import { bytesOf, cut, eventsOf, parse, refusal, textsOf } from "./parsing.ts";

const NDJSON = "application/x-ndjson";

Deno.test("one object is one event, kept as the bytes that came", async () => {
  const text = '{ "n": 12345678901234567890, "f": 1.50 }';
  const { slices, accepted } = await parse(text);
  assert.equal(accepted, 1);
  assert.deepEqual(textsOf(slices), [text]);
});

Deno.test("elements of a list keep their texts, blanks between them are dropped", async () => {
  const { slices } = await parse('[ {"a":1.0},\n  {"b":"],["} , {"c":[{}]}]');
  assert.deepEqual(textsOf(slices).map((text) => text.trim()), ['{"a":1.0}', '{"b":"],["}', '{"c":[{}]}']);
  assert.deepEqual(eventsOf(slices), [{ a: 1 }, { b: "],[" }, { c: [{}] }]);
});

Deno.test("an empty list is no event", async () => {
  assert.deepEqual(await parse(" [ ] "), { slices: [], accepted: 0, rejected: 0, errors: [] });
});

Deno.test("NDJSON: blank lines count for nothing, the last line needs no newline", async () => {
  for (
    const type of [NDJSON, "application/jsonl", "application/ndjson", "APPLICATION/X-NDJSON; charset=UTF-8"]
  ) {
    const { slices } = await parse('\n{"a":1}\r\n\r\n  \n{"b":"é"}', { type });
    assert.deepEqual(eventsOf(slices), [{ a: 1 }, { b: "é" }]);
  }
});

/** Events that ingest takes: `__proto__` as a name, which it refuses at any depth, is left to its own test. */
const anyEvent = fc.dictionary(
  fc.string({ unit: "grapheme", maxLength: 5 }),
  fc.oneof(fc.integer(), fc.string({ unit: "grapheme", maxLength: 8 }), fc.jsonValue({ maxDepth: 2 })),
  { maxKeys: 4, noNullPrototype: true },
).filter((event) => !JSON.stringify(event).includes('"__proto__":'));

Deno.test("however a body is cut into chunks, the same events come out, in the same bytes", async () => {
  const forms = [[NDJSON, "", "\n", ""], ["application/json", "[", " , ", "]"]] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...forms),
      fc.array(anyEvent, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.boolean(),
      async ([type, open, between, close], events, cuts, announced) => {
        const texts = events.map((event) => JSON.stringify(event));
        const chunks = cut(bytesOf(open + texts.join(between) + close), cuts);
        const { slices, accepted } = await parse(chunks, { type, announced });
        assert.equal(accepted, events.length);
        assert.deepEqual(textsOf(slices).map((text) => text.trim()), texts);
        assert.deepEqual(eventsOf(slices), texts.map((text) => JSON.parse(text)));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("slices stay within their bounds, and one large event is a slice of its own", async () => {
  const large = `{"x":"${"y".repeat(SLICE_BYTES_MAX)}"}`;
  const lines = [...Array.from({ length: 9_000 }, (_, i) => `{"i":${i}}`), large, '{"end":true}'];
  const { slices } = await parse(cut(bytesOf(lines.join("\n")), [50_000, 100_000, 900_000]), {
    type: NDJSON,
  });
  assert.deepEqual(textsOf(slices), lines);
  for (const { events, body } of slices) {
    assert.ok(events.length <= SLICE_EVENTS_MAX);
    assert.ok(body.length <= SLICE_BYTES_MAX || events.length === 1);
  }
});

/** Bad events, each by the code that names it. */
const BAD: readonly (readonly [text: string | Uint8Array, code: string, status: number])[] = [
  ["{", "malformed_json", 400],
  ['{"a":1,}', "malformed_json", 400],
  ["{'a':1}", "malformed_json", 400],
  ['{"a":NaN}', "malformed_json", 400],
  ['"text"', "event_not_object", 400],
  ["17", "event_not_object", 400],
  ["null", "event_not_object", 400],
  ['{"a":1e309}', "not_finite", 400],
  ['{"a":[-1e309]}', "not_finite", 400],
  ['{"a":1.8e308}', "not_finite", 400],
  ['{"__proto__":{"x":1}}', "forbidden_member", 400],
  ['{"a":[{"__proto__":null}]}', "forbidden_member", 400],
  ['{"\\u005f\\u005fproto__":1}', "forbidden_member", 400],
  ['{"a":"\\ud800"}', "lone_surrogate", 400],
  ['{"\\udfff":1}', "lone_surrogate", 400],
  [Uint8Array.of(...bytesOf('{"a":"'), 0xff, ...bytesOf('"}')), "invalid_utf8", 400],
  [Uint8Array.of(...bytesOf('{"a":"'), 0xc0, 0xaf, ...bytesOf('"}')), "invalid_utf8", 400],
  [`{"a":${"[".repeat(64)}${"]".repeat(64)}}`, "too_deep", 413],
];

Deno.test("a bad event is refused by its code in every form, whole or byte by byte", async () => {
  for (const [text, code, status] of BAD) {
    const bytes = bytesOf(text);
    const single = Uint8Array.of(...bytes);
    const line = Uint8Array.of(...bytesOf('{"ok":1}\n'), ...bytes, ...bytesOf('\n{"ok":2}\n'));
    const list = Uint8Array.of(...bytesOf('[{"ok":1},'), ...bytes, ...bytesOf("]"));
    for (
      const [body, type, pointer] of [[single, "application/json", ""], [line, NDJSON, "/1"], [
        list,
        "application/json",
        "/1",
      ]] as const
    ) {
      for (const chunks of [[body], [...body].map((byte) => Uint8Array.of(byte))]) {
        const problem = await refusal(chunks, { type });
        const told = `${JSON.stringify(text)} as ${type}: ${problem.message}`;
        assert.equal(problem.status, status, told);
        // A piece that is cut off is told by the list that it breaks.
        if (text !== "{" || type === NDJSON) {
          assert.equal(problem.code, code, told);
          assert.equal(problem.errors[0]?.pointer, pointer, told);
        }
      }
    }
  }
});

Deno.test("64 levels are taken, in every form", async () => {
  const text = `{"a":${"[".repeat(63)}${"]".repeat(63)}}`;
  for (const body of [text, `[${text}]`]) assert.equal((await parse(body)).accepted, 1);
  assert.equal((await parse([...bytesOf(text)].map((byte) => Uint8Array.of(byte)))).accepted, 1);
});

Deno.test("depth 1,000,000 is refused, not met with a full stack", async () => {
  const deep = "[".repeat(1_000_000) + "]".repeat(1_000_000);
  assert.equal((await refusal(`{"a":${deep}}`)).code, "too_deep");
  assert.equal((await refusal(`[${deep}]`)).status, 400);
  assert.equal((await refusal(`[{"a":${deep}}]`)).code, "too_deep");
  assert.equal((await refusal(`{"a":${deep}}\n`, { type: NDJSON })).code, "too_deep");
});

Deno.test("all or nothing: the first ten faults are told, by index", async () => {
  const lines = Array.from({ length: 30 }, (_, i) => i % 2 === 0 ? `{"i":${i}}` : "oops");
  const problem = await refusal(lines.join("\n"), { type: NDJSON });
  assert.equal(problem.status, 400);
  assert.deepEqual(
    problem.errors.map((fault) => fault.pointer),
    [1, 3, 5, 7, 9, 11, 13, 15, 17, 19].map((i) => `/${i}`),
  );
  assert.match(problem.errors[0]!.message, /line 2\b/);
});

Deno.test("partial: good events are taken, the others counted and the first ten told", async () => {
  const items = Array.from({ length: 30 }, (_, i) => i % 2 === 0 ? `{"i":${i}}` : "[1]");
  for (
    const [body, type] of [[items.join("\n"), NDJSON], [`[${items.join(",")}]`, "application/json"]] as const
  ) {
    const { accepted, rejected, errors, slices } = await parse(body, { type, partial: true });
    assert.deepEqual([accepted, rejected, errors.length], [15, 15, 10]);
    assert.equal(errors[1]!.pointer, "/3");
    assert.deepEqual(eventsOf(slices).map((event) => event.i), [
      0,
      2,
      4,
      6,
      8,
      10,
      12,
      14,
      16,
      18,
      20,
      22,
      24,
      26,
      28,
    ]);
  }
});

Deno.test("partial: a faulty line that spans chunks is skipped to its end and counted once", async () => {
  const body = '{"a":1}\n{"b":!' + "x".repeat(200_000) + '}\n{"c":3}\n';
  const { accepted, rejected, errors } = await parse(cut(bytesOf(body), [15, 90_000]), {
    type: NDJSON,
    partial: true,
  });
  assert.deepEqual([accepted, rejected, errors[0]?.pointer], [2, 1, "/1"]);
});

Deno.test("partial: a list with broken syntax is refused all the same", async () => {
  const broken = [
    '[{"a":1},{]',
    '[{"a":1}',
    '[{"a":1}] x',
    '[{"a":1},]',
    '[,{"a":1}]',
    '[{"a":1}}',
    "[{}{}]",
  ];
  for (const body of broken) {
    assert.equal((await refusal(body, { partial: true })).code, "malformed_json", body);
  }
});

Deno.test("a list takes 10,000 events and not one more", async () => {
  const list = (n: number) => `[${Array.from({ length: n }, () => "{}").join(",")}]`;
  assert.equal((await parse(list(10_000))).accepted, 10_000);
  const problem = await refusal(list(10_001));
  assert.deepEqual([problem.status, problem.code], [413, "too_many_events"]);
});

Deno.test("NDJSON takes more events than a list does", async () => {
  assert.equal((await parse("{}\n".repeat(50_000), { type: NDJSON })).accepted, 50_000);
});

Deno.test("a body beyond its limit is refused by its announced length, before it is read", async () => {
  const problem = await refusal("{}", {
    headers: { "content-length": String(16 * 1024 * 1024 + 1) },
    announced: false,
  });
  assert.deepEqual([problem.status, problem.code], [413, "body_too_large"]);
});

Deno.test("a body beyond its limit is refused at the byte that passes it", async () => {
  const part = bytesOf(`"${"x".repeat(1_048_574)}",`);
  let sent = 0;
  function* parts(): Generator<Uint8Array> {
    yield bytesOf('{"a":[');
    for (;;) {
      sent++;
      yield part;
    }
  }
  const source = parts();
  const body = new ReadableStream<Uint8Array>({ pull: (c) => c.enqueue(source.next().value) }, {
    highWaterMark: 0,
  });
  const stalls = new StallWatch(systemClock);
  const parsing = parseEvents({ headers: new Headers({ "content-type": "application/json" }), body }, {
    clock: systemClock,
    lease: new BodyBudget().open(),
    stalls,
    hash: null,
    partial: false,
  });
  await assert.rejects(parsing, { code: "body_too_large" });
  stalls.endAll();
  assert.equal(sent, 16);
});

Deno.test("types that are not JSON are refused as such", async () => {
  for (
    const type of [
      null,
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/json; charset=latin1",
      "application/xml",
    ]
  ) {
    assert.deepEqual([(await refusal("{}", { type })).status, type], [415, type]);
  }
  assert.equal((await parse("{}", { type: 'Application/JSON; charset="utf-8"' })).accepted, 1);
});

Deno.test("an empty body is refused, a byte order mark is skipped", async () => {
  for (const body of ["", " \n"]) assert.equal((await refusal(body)).code, "empty_body");
  const mark = Uint8Array.of(0xef, 0xbb, 0xbf);
  assert.equal((await parse([mark, '{"a":1}'])).accepted, 1);
  assert.equal(
    (await parse(Uint8Array.of(...mark, ...bytesOf('{"a":1}\n{}')), { type: NDJSON })).accepted,
    2,
  );
});

Deno.test("bodies that together would take too much memory are refused until others are done", async () => {
  const budget = new BodyBudget(10_000);
  const held = budget.open();
  held.charge({ bytes: 3_000, events: 0 });
  const body = `{"x":"${"y".repeat(500)}"}`;
  const problem = await refusal(body, { budget });
  assert.deepEqual([problem.status, problem.code, problem.headers["retry-after"]], [503, "overloaded", "1"]);
  held.release();
  assert.equal((await parse(body, { budget })).accepted, 1);
});

Deno.test("a request that would take all memory by itself is refused for good", async () => {
  const problem = await refusal("{}\n".repeat(1_000), { type: NDJSON, budget: new BodyBudget(10_000) });
  assert.deepEqual([problem.status, problem.code], [413, "request_too_heavy"]);
});
