import assert from "node:assert/strict";
import { Metrics } from "../../src/base/metrics.ts";

/** The lines of the page that are no comments. */
async function lines(metrics: Metrics): Promise<string[]> {
  return (await metrics.render()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

Deno.test("metrics: a bound series and its labels are one, and it begins with 0", async () => {
  const metrics = new Metrics();
  const counter = metrics.counter("n_total", "Things.");
  const bound = counter.of({ kind: "a" });
  assert.deepEqual(await lines(metrics), ['n_total{kind="a"} 0']);
  bound.add(2);
  counter.add(1, { kind: "a" });
  counter.add(5, { kind: 'b"\n' });
  assert.deepEqual(await lines(metrics), ['n_total{kind="a"} 3', 'n_total{kind="b\\"\\n"} 5']);
});

Deno.test("metrics: a bound histogram fills the same buckets", async () => {
  const metrics = new Metrics();
  const histogram = metrics.histogram("t_seconds", "Time.", [1, 2]);
  histogram.of({ route: "/" }).observe(1);
  histogram.observe(1.5, { route: "/" });
  histogram.of({ route: "/" }).observe(9);
  assert.deepEqual(await lines(metrics), [
    't_seconds_bucket{route="/",le="1"} 1',
    't_seconds_bucket{route="/",le="2"} 2',
    't_seconds_bucket{route="/",le="+Inf"} 3',
    't_seconds_sum{route="/"} 11.5',
    't_seconds_count{route="/"} 3',
  ]);
  assert.equal(histogram.quantile(0.5), 2);
});

Deno.test("metrics: an observed value is read, also slowly, when the page is made; none makes no line", async () => {
  const metrics = new Metrics();
  let n = 1;
  metrics.observed("now", "Now.", async () => [[{}, await Promise.resolve(n)]]);
  metrics.observed("never", "Never.", () => []);
  assert.deepEqual(await lines(metrics), ["now 1"]);
  n = 2;
  assert.deepEqual(await lines(metrics), ["now 2"]);
});

Deno.test("a counter or histogram that two ask for is one family of the page", async () => {
  const metrics = new Metrics();
  for (const n of [1, 2]) {
    metrics.counter("a_total", "A.").add(n, { who: String(n) });
    metrics.histogram("b_seconds", "B.", [1]).observe(0.5);
  }
  const page = await metrics.render();
  assert.equal(page.match(/# TYPE a_total counter/g)!.length, 1);
  assert.equal(page.match(/# TYPE b_seconds histogram/g)!.length, 1);
  assert.match(page, /b_seconds_count 2/);
});
