/** window_config: its spellings, the one normal form, and what makes no sense. */
import assert from "node:assert/strict";
import { parseRule } from "../../src/model/rule.ts";
import { EVERYTHING } from "./built.ts";

function parse(window_config: unknown, more: Record<string, unknown> = {}) {
  const document = { rule_name: "r", trigger_type: "event", trigger_spec: { window_config }, ...more };
  return parseRule(document, "save", EVERYTHING);
}

function window(window_config: unknown, more: Record<string, unknown> = {}): unknown {
  const parsed = parse(window_config, more);
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.rule.trigger.window;
}

/** Faults as "pointer code: message", pointers within window_config. */
function faults(window_config: unknown, more: Record<string, unknown> = {}): string[] {
  const parsed = parse(window_config, more);
  return parsed.ok
    ? []
    : parsed.errors.map(({ pointer, code, message }) =>
      `${pointer.replace("/trigger_spec/window_config", "")} ${code}: ${message}`
    );
}

const CLOSE = { emit: "close", emit_empty: false };

const SPELLINGS: [document: Record<string, unknown>, normal: Record<string, unknown>][] = [
  [{ type: "tumbling", size: "5m" }, { type: "hopping", size_ms: 300_000, slide_ms: 300_000, offset_ms: 0 }],
  [
    { type: "tumbling", size_seconds: 60, slide_seconds: null, gap_seconds: null },
    { type: "hopping", size_ms: 60_000, slide_ms: 60_000, offset_ms: 0 },
  ],
  [
    { type: "tumbling", size: "1d", offset: "15h" },
    { type: "hopping", size_ms: 86_400_000, slide_ms: 86_400_000, offset_ms: 54_000_000 },
  ],
  [
    { type: "sliding", size: "5m", slide: "1m", offset: "90s" },
    { type: "hopping", size_ms: 300_000, slide_ms: 60_000, offset_ms: 30_000 },
  ],
  [
    { type: "sliding", size_seconds: 300, slide_seconds: 60 },
    { type: "hopping", size_ms: 300_000, slide_ms: 60_000, offset_ms: 0 },
  ],
  // The events in between are in no window.
  [
    { type: "sliding", size: "1m", slide: "1h" },
    { type: "hopping", size_ms: 60_000, slide_ms: 3_600_000, offset_ms: 0 },
  ],
  [{ type: "sliding", size: "1h" }, { type: "sliding", size_ms: 3_600_000 }],
  [{ type: "sliding", size: "60s", size_seconds: 60 }, { type: "sliding", size_ms: 60_000 }],
  [{ type: "session", gap: "10m" }, { type: "session", gap_ms: 600_000, duration_ms_max: null }],
  [
    { type: "session", size: "5m", timeout: "10m", max_duration: "1h" },
    { type: "session", gap_ms: 600_000, duration_ms_max: 3_600_000 },
  ],
  [
    { type: "session", size_seconds: 600, gap_seconds: 600 },
    { type: "session", gap_ms: 600_000, duration_ms_max: null },
  ],
  [{ type: "count", size: 5 }, { type: "count", size: 5, slide: 5 }],
  [{ type: "count", size: 5, slide: 2 }, { type: "count", size: 5, slide: 2 }],
];

for (const [document, normal] of SPELLINGS) {
  Deno.test(`window ${JSON.stringify(document)}`, () =>
    assert.deepEqual(window(document), { ...normal, ...CLOSE }));
}

const SLIDING = { type: "sliding", size: "5m", slide: "1m" };

Deno.test("a window may be emitted early or empty", () => {
  const said = window({ ...SLIDING, emit: "on_change", emit_empty: true }) as Record<string, unknown>;
  assert.deepEqual([said.emit, said.emit_empty], ["change", true]);
});

const DURATION = 'as a duration: expected text like "5m", "1h30m" or "250ms", at most 400d';
const REFUSED: [claim: string, document: unknown, ...expected: string[]][] = [
  ["no type", { size: "5m" }, "/type required: type is required"],
  [
    "hopping by that name",
    { type: "hopping", size: "5m" },
    '/type unsupported_window: Unsupported window type "hopping": use "sliding" with a slide',
  ],
  [
    "a type with a slip",
    { type: "tumblin", size: "5m" },
    '/type unsupported_window: Unsupported window type "tumblin": did you mean "tumbling"?',
  ],
  ["no size", { type: "tumbling" }, "/size required: size is required, or size_seconds"],
  ["a number as size", { type: "tumbling", size: 60 }, `/size invalid_duration: Cannot use 60 ${DURATION}`],
  [
    "a size beyond the bound",
    { type: "tumbling", size: "401d" },
    `/size invalid_duration: Cannot use "401d" ${DURATION}`,
  ],
  [
    "a size of 0",
    { type: "tumbling", size_seconds: 0 },
    "/size_seconds out_of_range: Cannot use 0 as size_seconds: expected at least 1",
  ],
  [
    "a fraction of seconds",
    { type: "tumbling", size_seconds: 1.5 },
    "/size_seconds invalid_type: Cannot use 1.5 as size_seconds: expected a whole number",
  ],
  [
    "two sizes that differ",
    { type: "tumbling", size: "1m", size_seconds: 61 },
    '/size_seconds conflict: Cannot use both "size" and "size_seconds": they are two names of one thing',
  ],
  [
    "a slide of 0",
    { ...SLIDING, slide: "0s" },
    '/slide out_of_range: Cannot use "0s" as slide: expected at least 1ms',
  ],
  [
    "too many windows at once",
    { type: "sliding", size: "10001s", slide: "1s" },
    "/slide out_of_range: Cannot use a size of 10001 slides: expected at most 10000 overlapping windows",
  ],
  [
    "a slide of a tumbling window",
    { type: "tumbling", size: "5m", slide: "1m" },
    '/slide conflict: Cannot use a slide with a tumbling window: use type "sliding"',
  ],
  [
    "an offset per event",
    { type: "sliding", size: "5m", offset: "1m" },
    '/offset conflict: Cannot use "offset" with a sliding window without slide',
  ],
  [
    "no gap",
    { type: "session", size_seconds: 60 },
    "/gap required: gap is required, or gap_seconds: a session ends after so long without event",
  ],
  [
    "a longest session below its gap",
    { type: "session", gap: "5m", max_duration: "1m" },
    "/max_duration out_of_range: Cannot use a max_duration below the gap",
  ],
  [
    "a gap of a tumbling window",
    { type: "tumbling", size: "5m", gap: "1m" },
    '/gap conflict: Cannot use "gap" with a window of type tumbling',
  ],
  [
    "text as a number of events",
    { type: "count", size: "5m" },
    '/size invalid_type: Cannot use "5m" as size: expected a whole number of events',
  ],
  [
    "a slide of no events",
    { type: "count", size: 5, slide: 0 },
    "/slide out_of_range: Cannot use 0 as slide: expected 1 to 1000000 events",
  ],
  ...["session", "count"].map((type): [string, unknown, string] => [
    `empty windows of type ${type}`,
    { type, ...(type === "count" ? { size: 5 } : { gap: "5m" }), emit_empty: true },
    `/emit_empty conflict: Cannot use emit_empty with a ${type} window: it has no windows without events`,
  ]),
  [
    "empty windows per event",
    { type: "sliding", size: "5m", emit_empty: true },
    "/emit_empty conflict: Cannot use emit_empty with a sliding window without slide: " +
    "it has no windows without events",
  ],
  [
    "an early window per event",
    { type: "sliding", size: "5m", emit: "on_change" },
    '/emit conflict: Cannot use emit "on_change" with a sliding window without slide: ' +
    "it fires at events already",
  ],
  [
    "an emit that is none",
    { ...SLIDING, emit: "early" },
    '/emit invalid_value: Cannot use "early" as emit: expected "on_close", "on_change"',
  ],
  [
    "a member with a slip",
    { ...SLIDING, slidee: "1m" },
    '/slidee unknown_member: Unknown member "slidee": did you mean "slide"?',
  ],
];

for (const [claim, document, ...expected] of REFUSED) {
  Deno.test(`window fault: ${claim}`, () => assert.deepEqual(faults(document), expected));
}

Deno.test("a count window that the cap of events keeps from filling is refused", () => {
  const count = { type: "count", size: 1_000 };
  assert.deepEqual(faults(count, { limits: { events_per_window: 999 } }), [
    "/limits/events_per_window conflict: Cannot hold the 1000 events of a window: " +
    "limits.events_per_window is 999",
  ]);
  assert.deepEqual(faults(count, { limits: { events_per_window: null } }), []);
});

Deno.test("a session's size has no effect and is warned about; window is another name of window_config", () => {
  const session = { type: "session", size: "5m", gap: "1m" };
  const parsed = parseRule(
    { rule_name: "r", trigger_type: "event", trigger_spec: { window: session } },
    "save",
    EVERYTHING,
  );
  assert(parsed.ok);
  assert.deepEqual(parsed.warnings.map(({ pointer }) => pointer), ["/trigger_spec/window/size"]);
  assert.equal(parsed.rule.trigger.window?.type, "session");
});

Deno.test("lateness may stand in time or in the window, and both must say the same", () => {
  const parsed = (time: unknown) =>
    parseRule(
      {
        rule_name: "r",
        trigger_type: "event",
        trigger_spec: { window_config: { ...SLIDING, allowed_lateness: "1m" }, time },
      },
      "save",
      EVERYTHING,
    );
  for (const time of [{}, { allowed_lateness: "60s" }]) {
    const read = parsed(time);
    assert.equal(read.ok && read.rule.trigger.time.lateness_ms, 60_000);
  }
  assert.equal(parsed({ allowed_lateness: "2m" }).ok, false);
});
