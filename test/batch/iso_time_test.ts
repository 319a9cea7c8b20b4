import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { instant, timeOf } from "../../src/base/event_time.ts";
import { isoTime } from "../../src/batch/iso_time.ts";

Deno.test("isoTime: reads what timeOf reads, or leaves it to timeOf", () => {
  const part = fc.constantFrom(
    "00",
    "01",
    "02",
    "12",
    "13",
    "23",
    "24",
    "28",
    "29",
    "30",
    "31",
    "59",
    "60",
    "a1",
  );
  const text = fc.tuple(fc.constantFrom("1970", "2000", "2024", "1900", "0001"), part, part, part, part, part)
    .chain(([y, mo, d, h, mi, s]) =>
      fc.constantFrom("Z", ".007Z", ".7Z", "", "+01:00", ".12aZ").map((end) =>
        `${y}-${mo}-${d}T${h}:${mi}:${s}${end}`
      )
    );
  fc.assert(
    fc.property(text, (value) => {
      const fast = isoTime(value);
      if (!Number.isNaN(fast)) assert.equal(fast, timeOf(value, null));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("isoTime: reads every instant as we write it, but the last days of February", () => {
  fc.assert(fc.property(fc.integer({ min: -6e13, max: 2e14 }), (ms) => {
    const text = instant(ms);
    assert.equal(isoTime(text), /-02-(29|30)T/.test(text) ? NaN : ms);
  }));
});
