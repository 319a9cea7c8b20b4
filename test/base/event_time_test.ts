/** Times of events that only look like times. */
import assert from "node:assert/strict";
import { timeOf } from "../../src/base/event_time.ts";
Deno.test("a day that its month does not have is no time", () => {
  for (const day of ["2026-02-30", "2025-02-29T12:00:00Z", "2026-04-31 10:00", "2026-02-31T00:00:00+09:00"]) {
    assert.equal(timeOf(day, null), NaN, day);
  }
  assert.equal(timeOf("2024-02-29T00:00:00Z", null), Date.UTC(2024, 1, 29));
  assert.equal(timeOf("2026-01-31", null), Date.UTC(2026, 0, 31));
  assert.equal(timeOf("2026-01-31T23:30:00-05:00", null), Date.UTC(2026, 1, 1, 4, 30));
});
