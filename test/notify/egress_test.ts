/** The egress guard, by the vectors of delivery/ssrf.json and by a property over spellings of addresses. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRanges } from "../../src/base/address_ranges.ts";
import { createEgressGuard, EgressRefused, portOf } from "../../src/notify/egress.ts";
import { vectors } from "../vector_rows.ts";

interface UrlRow {
  id: string;
  url: string;
  host?: string;
  resolves_to?: string[];
  allowed: boolean;
  reason?: string;
}
interface Ssrf {
  addresses: { id: string; address: string; allowed: boolean; why: string }[];
  urls: UrlRow[];
  allow_list: { id: string; allow_list: string[]; address: string; allowed: boolean }[];
}

const data = vectors<Ssrf>("delivery/ssrf.json");

function allowing(text: string) {
  const parsed = parseRanges(text);
  assert.ok("ranges" in parsed);
  return parsed.ranges;
}

for (const row of data.addresses) {
  Deno.test(`egress ${row.id}: ${row.address} (${row.why}) is ${row.allowed ? "reached" : "refused"}`, () => {
    assert.equal(createEgressGuard().allowsAddress(row.address), row.allowed);
  });
}

for (const row of data.urls) {
  Deno.test(`egress ${row.id}: ${JSON.stringify(row.url)} is ${row.reason ?? "allowed"}`, async () => {
    assert.equal(await verdict(row), row.allowed ? "allowed" : row.reason);
  });
}

/** What the client does with a URL: check it, then resolve and vet a name. */
async function verdict(row: UrlRow): Promise<string> {
  const resolver = (host: string) => {
    assert.equal(host, row.host);
    return Promise.resolve(row.resolves_to ?? []);
  };
  const guard = createEgressGuard({ resolver });
  const checked = guard.checkUrl(row.url);
  if (checked.kind === "refused") return checked.reason;
  assert.equal(checked.url.hostname, row.host);
  if (row.resolves_to === undefined && !/^[\d.[]/.test(checked.url.hostname)) return "no_address";
  if (row.resolves_to === undefined) return "allowed";
  try {
    await guard.resolve(checked.url.hostname, portOf(checked.url));
    return "allowed";
  } catch (error) {
    assert.ok(error instanceof EgressRefused);
    return error.message.includes("port") ? "port" : "address";
  }
}

for (const row of data.allow_list) {
  Deno.test(`egress ${row.id}: ${row.address} with [${row.allow_list}] opened`, () => {
    const guard = createEgressGuard({ allow: allowing(row.allow_list.join(",")) });
    assert.equal(guard.allowsAddress(row.address), row.allowed);
  });
}

Deno.test("egress: a metadata address opens only by its own name, not by a range around it", () => {
  const wide = createEgressGuard({ allow: allowing("0.0.0.0/0, ::/0") });
  assert.equal(wide.allowsAddress("169.254.169.254"), false);
  assert.equal(wide.allowsAddress("fd00:ec2::254"), false);
  assert.equal(wide.allowsAddress("169.254.0.1"), true);
  const named = createEgressGuard({ allow: allowing("169.254.169.254") });
  assert.equal(named.allowsAddress("169.254.169.254"), true);
});

Deno.test("egress: opened ranges are judged by address, so local names and odd ports work there", async () => {
  const guard = createEgressGuard({
    allow: allowing("10.0.0.0/8"),
    resolver: (host) => Promise.resolve(host === "redis" ? ["10.0.0.7"] : ["93.184.215.14"]),
  });
  assert.equal(guard.checkUrl("http://redis:6379/").kind, "ok");
  assert.deepEqual(await guard.resolve("redis", 6379), ["10.0.0.7"]);
  await assert.rejects(guard.resolve("hooks.example.com", 6379), EgressRefused);
});

Deno.test("egress: an entry of TOCSIN_EGRESS_ALLOW that is no range is named", () => {
  assert.deepEqual(parseRanges("10.0.0.0/8 nonsense"), { bad: "nonsense" });
  assert.deepEqual(parseRanges("10.0.0.0/33"), { bad: "10.0.0.0/33" });
  assert.deepEqual(parseRanges("::ffff:10.0.0.0/104"), { bad: "::ffff:10.0.0.0/104" });
  assert.deepEqual(parseRanges("0x7f.1/8"), { bad: "0x7f.1/8" });
  assert.deepEqual(parseRanges(" , "), { ranges: [] });
});

Deno.test("egress: no spelling of a loopback or private address gets through", () => {
  const guard = createEgressGuard();
  const octet = fc.integer({ min: 0, max: 255 });
  const inner = fc.oneof(
    fc.tuple(fc.constant(127), octet, octet, octet),
    fc.tuple(fc.constant(10), octet, octet, octet),
    fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
  );
  const spell = (parts: number[], way: number): string => {
    const whole = parts.reduce((sum, part) => sum * 256 + part, 0);
    const hex = parts.map((part) => part.toString(16).padStart(2, "0"));
    return [
      parts.join("."),
      String(whole),
      `0x${whole.toString(16)}`,
      parts.map((part) => `0${part.toString(8)}`).join("."),
      parts.map((part) => `0x${part.toString(16)}`).join("."),
      `${parts[0]}.${whole % 2 ** 24}`,
      `[::ffff:${parts.join(".")}]`,
      `[::${hex[0]}${hex[1]}:${hex[2]}${hex[3]}]`,
      `[64:ff9b::${hex[0]}${hex[1]}:${hex[2]}${hex[3]}]`,
      `[2002:${hex[0]}${hex[1]}:${hex[2]}${hex[3]}::1]`,
    ][way]!;
  };
  fc.assert(fc.property(inner, fc.integer({ min: 0, max: 9 }), (parts, way) => {
    const checked = guard.checkUrl(`http://${spell(parts, way)}/`);
    assert.equal(checked.kind === "refused" && checked.reason, "address");
  }));
});
