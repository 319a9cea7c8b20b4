/**
 * Cron: what the text means, and when it runs next, against a search that knows nothing of bits, months or
 * offsets: it asks Intl what clocks show at each minute.
 */
import fc from "fast-check";
import assert from "node:assert/strict";
import { nextTime, parseCron } from "../../src/base/cron.ts";
import { instant } from "../../src/base/event_time.ts";

const MINUTE = 60_000;
const ZONES = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Seoul",
  "America/Santiago",
  "UTC",
];

function schedule(text: string) {
  const reading = parseCron(text);
  assert(reading.ok, reading.ok ? "" : reading.message);
  return reading.schedule;
}

/** The next `count` times, as RFC 3339 without what is always zero. */
function runs(text: string, { zone, from, count }: { zone: string; from: string; count: number }): string[] {
  const found: string[] = [];
  let at: number | null = Date.parse(from);
  while (found.length < count) {
    at = nextTime(schedule(text), zone, at);
    if (at === null) break;
    found.push(instant(at).slice(0, 19) + "Z");
  }
  return found;
}

const TIMES: [claim: string, text: string, zone: string, from: string, expected: string[]][] = [
  [
    "quarter hours",
    "*/15 * * * *",
    "UTC",
    "2026-01-01T00:00:00Z",
    ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"],
  ],
  ["strictly after", "0 0 * * *", "UTC", "2026-01-01T00:00:00Z", ["2026-01-02T00:00:00Z"]],
  ["one ms before", "0 0 * * *", "UTC", "2025-12-31T23:59:59.999Z", ["2026-01-01T00:00:00Z"]],
  ["seconds first", "*/20 0 9 * * *", "Asia/Seoul", "2026-01-01T00:00:00Z", [
    "2026-01-01T00:00:20Z",
    "2026-01-01T00:00:40Z",
    "2026-01-02T00:00:00Z",
  ]],
  ["working hours", "0 9-17/4 * * MON-FRI", "UTC", "2026-01-02T13:00:00Z", [
    "2026-01-02T17:00:00Z",
    "2026-01-05T09:00:00Z",
  ]],
  ["Sunday is 7 as well as 0", "0 0 * * 7", "UTC", "2026-01-01T00:00:00Z", ["2026-01-04T00:00:00Z"]],
  ["either kind of day", "0 0 13 * FRI", "UTC", "2026-01-01T00:00:00Z", [
    "2026-01-02T00:00:00Z",
    "2026-01-09T00:00:00Z",
    "2026-01-13T00:00:00Z",
  ]],
  ["both kinds of day where one begins with *", "0 0 */2 * FRI", "UTC", "2026-01-01T00:00:00Z", [
    "2026-01-09T00:00:00Z",
    "2026-01-23T00:00:00Z",
  ]],
  ["last day of the month", "0 0 L * ?", "UTC", "2026-01-31T00:00:00Z", [
    "2026-02-28T00:00:00Z",
    "2026-03-31T00:00:00Z",
  ]],
  ["two days before the last", "0 0 L-2 * *", "UTC", "2026-02-01T00:00:00Z", ["2026-02-26T00:00:00Z"]],
  ["nth weekday", "0 8 ? * TUE#2", "UTC", "2026-01-01T00:00:00Z", [
    "2026-01-13T08:00:00Z",
    "2026-02-10T08:00:00Z",
  ]],
  ["a fifth weekday exists in some months only", "0 0 * * 1#5", "UTC", "2026-01-01T00:00:00Z", [
    "2026-03-30T00:00:00Z",
    "2026-06-29T00:00:00Z",
  ]],
  ["last Friday", "0 0 * * FRIL", "UTC", "2026-01-01T00:00:00Z", ["2026-01-30T00:00:00Z"]],
  ["nearest weekday", "0 0 15W * *", "UTC", "2026-02-01T00:00:00Z", [
    "2026-02-16T00:00:00Z",
    "2026-03-16T00:00:00Z",
    "2026-04-15T00:00:00Z",
  ]],
  ["nearest weekday stays in its month", "0 0 1W,LW * *", "UTC", "2026-01-31T00:00:00Z", [
    "2026-02-02T00:00:00Z",
    "2026-02-27T00:00:00Z",
    "2026-03-02T00:00:00Z",
  ]],
  ["leap days", "0 0 29 2 *", "UTC", "2096-01-01T00:00:00Z", [
    "2096-02-29T00:00:00Z",
    "2104-02-29T00:00:00Z",
  ]],
  ["a day that never comes", "0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z", []],
  ["@weekly", "@weekly", "UTC", "2026-01-01T00:00:00Z", ["2026-01-04T00:00:00Z"]],
  ["@yearly", "@yearly", "Asia/Seoul", "2026-01-01T00:00:00Z", ["2026-12-31T15:00:00Z"]],
  // Berlin: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00.
  ["a skipped time runs after the gap", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", [
    "2026-03-29T01:00:00Z",
    "2026-03-30T00:30:00Z",
  ]],
  ["several skipped times run once", "0,20,40 2,3 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", [
    "2026-03-29T01:00:00Z",
    "2026-03-29T01:20:00Z",
  ]],
  ["a repeated time runs the first time", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", [
    "2026-10-25T00:30:00Z",
    "2026-10-26T01:30:00Z",
  ]],
  ["asked within the repeated hour", "30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", [
    "2026-10-26T01:30:00Z",
  ]],
  ["* minutes run through a repeated hour", "*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", [
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:00:00Z",
    "2026-10-25T01:30:00Z",
    "2026-10-25T02:00:00Z",
  ]],
  ["* minutes of a skipped hour do not run", "*/30 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", [
    "2026-03-30T00:00:00Z",
  ]],
  // Lord Howe: 2026-04-05 02:00 (+11) becomes 01:30 (+10:30), 2026-10-04 02:00 becomes 02:30.
  ["half an hour skipped", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", [
    "2026-10-03T15:30:00Z",
    "2026-10-04T15:15:00Z",
  ]],
  ["half an hour repeated", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", [
    "2026-04-04T14:45:00Z",
    "2026-04-05T15:15:00Z",
  ]],
  // Santiago changes at midnight: 2026-09-06 00:00 becomes 01:00.
  ["midnight skipped", "@daily", "America/Santiago", "2026-09-05T12:00:00Z", [
    "2026-09-06T04:00:00Z",
    "2026-09-07T03:00:00Z",
  ]],
  // Samoa had no 30 December 2011.
  ["a day skipped", "0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", ["2011-12-30T10:00:00Z"]],
];

for (const [claim, text, zone, from, expected] of TIMES) {
  Deno.test(`cron: ${claim} (${text})`, () => {
    assert.deepEqual(runs(text, { zone, from, count: Math.max(expected.length, 1) }), expected);
  });
}

const FAULTS: [text: string, part: string][] = [
  ["", "it has 0 fields"],
  ["* * * *", "it has 4 fields"],
  ["* * * * * * 2026", "it has 7 fields"],
  ["60 * * * *", '"60" is no minute, expected 0 to 59'],
  ["*/90 * * * *", 'the step "90" of minute is not from 1 to 59'],
  ["*/0 * * * *", 'the step "0" of minute'],
  ["0 22-2 * * *", 'the range "22-2" of hour runs backwards'],
  ["0 0 0 * *", '"0" is no day of month'],
  ["0 0 * FOO *", '"FOO" is no month, expected 1 to 12 or JAN to DEC'],
  ["0 0 * * 8", '"8" is no day of week, expected 0 to 7 or SUN to SAT'],
  ["0 0 * * FRI#6", "expected #1 to #5"],
  ["0 0 L-31 * *", '"L-31" as day of month'],
  ["1,,2 * * * *", '"" is no minute'],
  ["1/2/3 * * * *", '"1/2/3" as minute has two steps'],
  ["1-2-3 * * * *", '"1-2-3" as minute is no range'],
  ["@reboot", "expected one of @yearly"],
  ["0 ".repeat(300), "600 characters"],
];

for (const [text, part] of FAULTS) {
  Deno.test(`cron: "${text.slice(0, 30)}" is refused and the message says why`, () => {
    const reading = parseCron(text);
    assert(!reading.ok);
    assert(reading.message.includes(part), reading.message);
  });
}

Deno.test("cron: any text is read or refused, never thrown at", () => {
  const piece = fc.constantFrom(..."0123456789*/-,#?LW", "MON", "FEB", " ", "@daily");
  fc.assert(fc.property(fc.array(piece, { maxLength: 20 }).map((parts) => parts.join("")), (text) => {
    const reading = parseCron(text);
    if (reading.ok) nextTime(reading.schedule, "Europe/Berlin", 1.8e12);
  }));
});

Deno.test("cron: a schedule is plain data", () => {
  const made = schedule("*/5 8-18 1,L * MON#1");
  assert.deepEqual(structuredClone(made), made);
  assert.deepEqual(JSON.parse(JSON.stringify(made)), made);
});

Deno.test("cron: an unknown zone is told", () => {
  assert.throws(() => nextTime(schedule("@daily"), "Europe/Berlim", 0), /Europe\/Berlim/);
});

// The naive search.

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** What clocks show, as the five fields. */
function shown(format: Intl.DateTimeFormat, ms: number): number[] {
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const { minute, hour, day, month, weekday } = parts;
  return [Number(minute), Number(hour), Number(day), Number(month), WEEKDAYS.indexOf(weekday!)];
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const number = "numeric";
  return new Intl.DateTimeFormat("en-US", {
    ...{ timeZone: zone, hourCycle: "h23", weekday: "short" },
    ...{ month: number, day: number, hour: number, minute: number },
  });
}

const UTC = formatOf("UTC");

/** Values per field; null: any (`*`). */
type Wanted = (number[] | null)[];

function matches(wanted: Wanted, fields: number[]): boolean {
  const holds = wanted.map((values, i) => values === null || values.includes(fields[i]!));
  const dayHolds = wanted[2] !== null && wanted[4] !== null ? holds[2]! || holds[4]! : holds[2]! && holds[4]!;
  return holds[0]! && holds[1]! && holds[3]! && dayHolds;
}

/** Runs within (from, to], minute by minute. Local times in a gap are found by stepping over it in UTC. */
function scan(wanted: Wanted, { zone, from, to }: { zone: string; from: number; to: number }): number[] {
  const format = formatOf(zone);
  const running = wanted[0] === null || wanted[1] === null;
  const seen = new Set<string>();
  const found: number[] = [];
  // Three hours before show which times of a repeated hour were there before.
  let before = shown(format, from - 181 * MINUTE);
  for (let at = from - 180 * MINUTE; at <= to; at += MINUTE) {
    const fields = shown(format, at);
    const again = seen.has(fields.join());
    seen.add(fields.join());
    const skipped = skippedBetween(before, fields).some((gap) => matches(wanted, gap));
    const runs = running ? matches(wanted, fields) : skipped || (!again && matches(wanted, fields));
    if (runs && at > from) found.push(at);
    before = fields;
  }
  return found;
}

/** The minutes that clocks never showed between two that follow each other. */
function skippedBetween(before: number[], now: number[]): number[][] {
  const step = ((now[1]! * 60 + now[0]!) - (before[1]! * 60 + before[0]!) + 1440) % 1440;
  // A step back looks like one of more than twelve hours forward.
  if (step <= 1 || step > 720) return [];
  const local = Date.UTC(2026, now[3]! - 1, now[2]!, now[1]!, now[0]!);
  return Array.from({ length: step - 1 }, (_, i) => shown(UTC, local - (i + 1) * MINUTE));
}

const some = (min: number, max: number) => fc.array(fc.integer({ min, max }), { minLength: 1, maxLength: 5 });
const star = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 2 });
const wanted: fc.Arbitrary<Wanted> = fc.tuple(
  star(some(0, 59)),
  star(fc.oneof(some(0, 4), some(0, 23))),
  fc.option(some(1, 31), { nil: null, freq: 1 }),
  fc.constant(null),
  fc.option(some(0, 6), { nil: null, freq: 1 }),
);
// All within 2026: changes of clocks, month ends, ordinary days.
const DAYS = ["03-08", "03-29", "04-04", "09-05", "10-03", "10-25", "11-01", "01-31", "06-15"];

Deno.test("cron: the next times are those of a search minute by minute, in every zone and at every change", () => {
  const course = fc.record({ wanted, zone: fc.constantFrom(...ZONES), day: fc.constantFrom(...DAYS) });
  fc.assert(
    fc.property(course, ({ wanted, zone, day }) => {
      const text = wanted.map((values) => values === null ? "*" : values.join()).join(" ");
      const from = Date.parse(`2026-${day}T00:00:00Z`) - 12 * 60 * MINUTE;
      const to = from + 30 * 60 * MINUTE;
      const found: number[] = [];
      const made = schedule(text);
      for (let at = nextTime(made, zone, from); at !== null && at <= to; at = nextTime(made, zone, at)) {
        assert(at > (found.at(-1) ?? from), "strictly increasing");
        found.push(at);
      }
      assert.deepEqual(found, scan(wanted, { zone, from, to }), `${text} in ${zone}`);
    }),
    { numRuns: 40 },
  );
});
