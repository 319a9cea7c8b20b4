/** enrichments: the spellings of each kind, their names and the order in which they may read each other. */
import assert from "node:assert/strict";
import type { Enrichment } from "../../src/model/enrichment.ts";
import { parseRule } from "../../src/model/rule.ts";
import { EVERYTHING } from "./built.ts";

function parse(enrichments: unknown, more: Record<string, unknown> = {}) {
  const trigger_spec = { conditions: [], enrichments, ...more };
  return parseRule({ rule_name: "r", trigger_type: "event", trigger_spec }, "save", EVERYTHING);
}

function read(one: unknown): Enrichment {
  const parsed = parse([one]);
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.rule.trigger.enrichments[0]!;
}

function faults(enrichments: unknown, more: Record<string, unknown> = {}): string[] {
  const parsed = parse(enrichments, more);
  return parsed.ok
    ? []
    : parsed.errors.map(({ pointer, code, message }) =>
      `${pointer.replace("/trigger_spec", "")} ${code}: ${message}`
    );
}

const OWNER = { type: "lookup", name: "owner", table: "hosts", key: "host" };

const SPELLINGS: [document: unknown, normal: Enrichment][] = [
  [OWNER, { type: "lookup", name: "owner", table: "hosts", key: "host", fields: null, default: null }],
  [
    { ...OWNER, fields: "team, tier", default: { team: "?" }, source: "cache" },
    {
      type: "lookup",
      name: "owner",
      table: "hosts",
      key: "host",
      fields: ["team", "tier"],
      default: { team: "?" },
    },
  ],
  [
    { id: "enrich-1", type: "lookup", source: "redis://server-metadata", key: "host", outputField: "info" },
    { type: "lookup", name: "info", table: "server-metadata", key: "host", fields: null, default: null },
  ],
  [
    { type: "calculate", name: "ratio", source: "event", key: "ratio", formula: "used / max(total, 1)" },
    { type: "calculate", name: "ratio", formula: "used / max(total, 1)", names: ["used", "total"] },
  ],
  [
    { type: "aggregate", name: "before", field: "cpu", function: "std", of: "previous_window", size: "5m" },
    {
      type: "aggregate",
      name: "before",
      field: "cpu",
      function: "stddev_samp",
      of: "previous_window",
      size_ms: 300_000,
    },
  ],
  [
    { type: "aggregate", source: "1h", outputField: "avg_1h", field: "cpu" },
    { type: "aggregate", name: "avg_1h", field: "cpu", function: "avg", of: "moving", size_ms: 3_600_000 },
  ],
  [
    { type: "aggregate", name: "y", field: "cpu", of: "same_hour_yesterday" },
    {
      type: "aggregate",
      name: "y",
      field: "cpu",
      function: "avg",
      of: "same_hour_yesterday",
      size_ms: 3_600_000,
    },
  ],
  [
    { type: "api_call", name: "ticket", source: "api", key: "host", endpoint: "/runtime/tickets" },
    {
      type: "api_call",
      name: "ticket",
      endpoint: "/runtime/tickets",
      method: "GET",
      params: {},
      key: "host",
      timeout_ms: 2_000,
      cache_seconds: 0,
      fallback: null,
    },
  ],
];

for (const [document, normal] of SPELLINGS) {
  Deno.test(`enrichment ${JSON.stringify(document)}`, () => assert.deepEqual(read(document), normal));
}

const REFUSED: [claim: string, list: unknown, more: Record<string, unknown>, ...expected: string[]][] = [
  ["no type", [{ name: "a" }], {}, "/enrichments/0/type required: type is required"],
  [
    "a type with a slip",
    [{ type: "lookupp", name: "a" }],
    {},
    '/enrichments/0/type unsupported_enrichment: Unsupported enrichment type "lookupp": did you mean "lookup"?',
  ],
  [
    "a lookup of nothing",
    [{ type: "lookup", source: "cache" }],
    {},
    "/enrichments/0/name required: name is required",
    "/enrichments/0/table required: table is required",
    "/enrichments/0/key required: key is required",
  ],
  [
    "a name with a dot",
    [{ ...OWNER, name: "a.b" }],
    {},
    '/enrichments/0/name invalid_value: Cannot use "a.b" as name: expected a name of letters, digits and _',
  ],
  [
    "a name twice",
    [OWNER, OWNER],
    {},
    '/enrichments/1/name duplicate: Cannot use "owner" as the name of two enrichments',
  ],
  [
    "a formula",
    [{ type: "calculate", name: "a", formula: "(1 + b" }],
    {},
    '/enrichments/0/formula invalid_formula: Cannot read the formula at character 7: expected ")", found the end',
  ],
  [
    "what is computed later",
    [{ type: "calculate", name: "a", formula: "owner.tier + 1" }, OWNER],
    {},
    '/enrichments/0/formula out_of_order: Cannot use "owner.tier" in "a": it is computed later',
  ],
  [
    "a member that a lookup does not take",
    [{ ...OWNER, fields: ["team"] }],
    { conditions: [{ field: "owner.taem", value: "x" }] },
    '/conditions unknown_name: Cannot use "owner.taem": "owner" takes no such field: did you mean "owner.team"?',
  ],
  [
    "grouping by one",
    [OWNER],
    { group_by: ["owner.team"] },
    '/group_by/0 out_of_order: Cannot group by "owner.team": ' +
    "an enrichment is computed after events are grouped",
  ],
  [
    "the past without a size",
    [{ type: "aggregate", name: "a", field: "v" }],
    {},
    '/enrichments/0/size required: size is required: the rule has no window whose size "a" could have',
  ],
  [
    "a call of what is no URL",
    [{ type: "api_call", name: "t", endpoint: "ftp://x.test/{{ host }}" }],
    {},
    '/enrichments/0/endpoint invalid_value: Cannot call "ftp://x.test/{{ host }}": expected an http or https URL',
  ],
  [
    "a call whose host an event would choose",
    [{ type: "api_call", name: "t", endpoint: "http://x.test{{ host }}/y" }],
    {},
    '/enrichments/0/endpoint invalid_value: Cannot call "http://x.test{{ host }}/y": ' +
    "a placeholder may stand in the path or the query only",
  ],
  [
    "a call with braces that do not match",
    [{ type: "api_call", name: "t", endpoint: "http://x.test/{{ host" }],
    {},
    '/enrichments/0/endpoint invalid_value: Cannot use "http://x.test/{{ host" as endpoint: {{ and }} do not match',
  ],
  [
    "a call with an empty placeholder",
    [{ type: "api_call", name: "t", endpoint: "http://x.test/{{ }}" }],
    {},
    "/enrichments/0/endpoint invalid_value: Cannot use {{ }} in endpoint: expected a field between",
  ],
  [
    "a call that climbs",
    [{ type: "api_call", name: "t", endpoint: "http://x.test/a/../{{ host }}" }],
    {},
    '/enrichments/0/endpoint invalid_value: Cannot call "http://x.test/a/../{{ host }}": ' +
    '"." and ".." may not stand in the path',
  ],
  [
    "a call that asks with what is computed later",
    [
      {
        type: "api_call",
        name: "t",
        endpoint: "http://x.test/{{ owner.id }}",
        params: { a: { ref: "owner" } },
      },
      OWNER,
    ],
    {},
    '/enrichments/0/endpoint out_of_order: Cannot use "owner.id" in "t": it is computed later',
    '/enrichments/0/params out_of_order: Cannot use "owner" in "t": it is computed later',
  ],
  [
    "percentiles of the past",
    [{ type: "aggregate", name: "a", field: "v", function: "median", size: "1h" }],
    {},
    '/enrichments/0/function unsupported_aggregation: Cannot use "median" as function: ' +
    "of the past no percentiles are kept",
  ],
];

for (const [claim, list, more, ...expected] of REFUSED) {
  Deno.test(`enrichment fault: ${claim}`, () => assert.deepEqual(faults(list, more), expected));
}

Deno.test("the past has the size of the rule's window unless it says one", () => {
  const past = [{ type: "aggregate", name: "a", field: "v", of: "previous_window" }];
  assert.deepEqual(faults(past, { window_config: { type: "tumbling", size: "5m" } }), []);
});

Deno.test("of this server only definitions can be called", () => {
  const calling = (endpoint: string) => {
    const enrichments = [{ type: "api_call", name: "t", endpoint }];
    const document = { rule_name: "r", trigger_type: "event", trigger_spec: { conditions: [], enrichments } };
    const parsed = parseRule(document);
    return parsed.ok ? [] : parsed.errors.map(({ pointer, code }) => `${pointer} ${code}`);
  };
  assert.deepEqual(calling("/runtime/t"), []);
  assert.deepEqual(calling("/api/v1/rules"), ["/trigger_spec/enrichments/0/endpoint invalid_value"]);
});

Deno.test("enrichments run where calls do not yet", () => {
  const enrichments = [{ type: "api_call", name: "t", endpoint: "/runtime/t" }];
  const without = new Set([...EVERYTHING].filter((feature) => feature !== "api_call enrichments"));
  const document = { rule_name: "r", trigger_type: "event", trigger_spec: { conditions: [], enrichments } };
  const parsed = parseRule(document, "save", without);
  assert.deepEqual(!parsed.ok && parsed.errors.map(({ pointer, code }) => `${pointer} ${code}`), [
    "/trigger_spec/enrichments/0/type not_supported_yet",
  ]);
});
