/** Civil dates and time zones, against the platform's own. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { civilDate, dayNumber, daysInMonth, weekday } from "../../src/base/civil.ts";
import { instant } from "../../src/base/event_time.ts";
import { timeZone } from "../../src/base/time_zone.ts";

const DAY_MS = 86_400_000;

Deno.test("civil: day numbers, dates and weekdays are those of the platform", () => {
  fc.assert(fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (days) => {
    const { year, month, day } = civilDate(days);
    const shown = `${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}T00:00:00.000Z`;
    assert(instant(days * DAY_MS).endsWith(shown));
    assert.equal(dayNumber(year, month, day), days);
    assert(day <= daysInMonth(year, month));
    assert.equal(weekday(days + 1), (weekday(days) + 1) % 7);
  }));
  assert.equal(weekday(0), 4);
});

const ZONES = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Pacific/Apia",
];
const time = fc.integer({ min: Date.UTC(1950, 0, 1), max: Date.UTC(2060, 0, 1) });

Deno.test("time zone: offsets are what Intl says at that instant", () => {
  fc.assert(fc.property(fc.constantFrom(...ZONES), time, (name, at) => {
    const [date, clock] = [{ dateStyle: "short" }, { timeStyle: "medium" }] as const;
    const shown = (zone: string, ms: number) =>
      new Intl.DateTimeFormat("en-US", { timeZone: zone, ...date, ...clock }).format(ms);
    assert.equal(shown("UTC", at + timeZone(name)!.offsetAt(at)), shown(name, at));
  }));
});

Deno.test("time zone: an instant is found by what clocks show there, the first where there are two", () => {
  fc.assert(fc.property(fc.constantFrom(...ZONES), time, (name, at) => {
    const zone = timeZone(name)!;
    const found = zone.instantOf(at + zone.offsetAt(at));
    assert(found === at || (found < at && found + zone.offsetAt(found) === at + zone.offsetAt(at)));
  }));
});

Deno.test("time zone: names that nobody knows", () => {
  for (const name of ["", "Europe/Berlim", "x".repeat(100), "constructor"]) {
    assert.equal(timeZone(name), undefined);
  }
});
