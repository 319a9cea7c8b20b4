/** Messages of alerts: what may stand in a place, and what is put there. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import type { Alert } from "../../src/model/alert.ts";
import { parseMessage, RENDERED_CHARACTERS_MAX, renderMessage } from "../../src/model/message.ts";
import { messageContext } from "../../src/model/message_context.ts";
import { filteredValue } from "../../src/notify/message_filters.ts";

function alert(events: JsonObject[], change: Partial<Alert> = {}): Alert {
  return {
    alert_id: "al_1",
    rule_id: "r1",
    rule_name: "High CPU",
    rule_version: 2,
    severity: "critical",
    status: "firing",
    reason: "match",
    key: { host: "gt-01", "labels.zone": "b" },
    event_time: "2026-01-01T00:00:00.000Z",
    fired_at: "2026-01-01T00:00:01.000Z",
    resolved_at: null,
    window: null,
    values: { avg: 81.5, n: null },
    match: null,
    events: events.map((event, i) => ({ offset: i + 1, event })),
    event_count: events.length,
    title: "High CPU",
    message: "",
    labels: { alertname: "High CPU" },
    dedup_key: "d",
    metadata: {},
    revision: 1,
    degraded: false,
    ack: false,
    ack_at: null,
    ack_by: null,
    ...change,
  };
}

const EVENT: JsonObject = {
  cpu: 92.5,
  host: "gt-01",
  status: "down",
  ok: false,
  nil: null,
  tags: ["a", "b"],
  net: { in: 1 },
  metrics: { load: 3, disk: { used: 90 } },
  "지역": "서울",
};

function render(text: string, of = alert([{ cpu: 1 }, EVENT])): string {
  const parsed = parseMessage(text);
  assert(parsed.ok, JSON.stringify(parsed));
  return renderMessage(parsed.message, messageContext(of), filteredValue);
}

const PLACES: [text: string, expected: string][] = [
  ["no place", "no place"],
  ["", ""],
  ["cpu {{ cpu }} on {{host}}!", "cpu 92.5 on gt-01!"],
  ["{{cpu}}{{cpu}}", "92.592.5"],
  ["{{ load }} {{ disk.used }} {{ metrics.load }}", "3 90 3"],
  ["{{ tags.1 }} {{ tags }} {{ net }}", 'b ["a","b"] {"in":1}'],
  ["{{ ok }}", "false"],
  ["[{{ nil }}{{ gone }}{{ gone.deeper }}]", "[]"],
  ["{{ 지역 }}", "서울"],
  ["{{ status }} {{ event.status }}", "firing down"],
  [
    "{{ severity }} {{ rule_name }} {{ alert_title }} {{ timestamp }}",
    "critical High CPU High CPU 2026-01-01T00:00:01.000Z",
  ],
  ["{{ key.host }} {{ key.labels.zone }}", "gt-01 b"],
  ["{{ values.avg }} {{ values.n }}|", "81.5 |"],
  ["{{ window.start }}|", "|"],
  ["{{ events.0.cpu }} {{ event.load }}", "1 3"],
  ["{{ alert.rule_version }} {{ labels.alertname }}", "2 High CPU"],
  ["{{ constructor }}{{ toString }}{{ __proto__ }}|", "|"],
  ["a } b }} c {x} { {d} }", "a } b }} c {x} { {d} }"],
  ["{{ host }}}", "gt-01}"],
];

// What Jinja2 puts there, but that null counts as missing and lists are JSON.
const FILTERED: [text: string, expected: string][] = [
  ["{{ values.avg|round(1) }}", "81.5"],
  ["{{ cpu|round }} {{ cpu|round|int }} {{cpu|int}}", "92.0 92 92"],
  ["{{ gone|default('none') }} {{ nil | d(\"-\") }} {{ cpu|default(1) }}", "none - 92.5"],
  ["{{ status|upper }} {{ event.status|capitalize }}", "FIRING Down"],
  ["{{ tags|join(', ') }} {{ tags|length }} {{ tags|last }}", "a, b 2 b"],
  ["{{ event.host|truncate(3, true, '', 0) }}", "gt-"],
  ["{{ cpu|round(precision=0, method='floor') }}", "92.0"],
  ["{{ net|tojson }}", '{"in": 1}'],
  ["{{ host|round(1) }}", "gt-01"],
  ["{{ ok|default(true) }}", "false"],
  ["{{ 지역|length }}", "2"],
];

for (const [text, expected] of FILTERED) {
  Deno.test(`message ${JSON.stringify(text)}`, () => assert.equal(render(text), expected));
}

for (const [text, expected] of PLACES) {
  Deno.test(`message ${JSON.stringify(text)}`, () => assert.equal(render(text), expected));
}

const REFUSED = [
  [
    "{{ cpu|rond(1) }}",
    'Cannot use "{{ cpu|rond(1) }}": the filter "rond" is not one of a message (did you mean "round"?)',
  ],
  ["{{ cpu|replace('a', 'b') }}", "Cannot use"],
  ["{{ cpu|round(a) }}", 'Cannot use "{{ cpu|round(a) }}": cannot read "a"'],
  ["{{ cpu| }}", "Cannot use"],
  ["{{ cpu|round(1 }}", "Cannot use"],
  ["{{ 1 + 1|round }}", 'Cannot use "{{ 1 + 1 }}" in a message'],
  ["{{ a + b }}", 'Cannot use "{{ a + b }}" in a message'],
  ["{{ 'text' }}", `Cannot use "{{ 'text' }}" in a message`],
  ["{{ 5 }}", 'Cannot use "{{ 5 }}" in a message'],
  ["{{ a[0] }}", 'Cannot use "{{ a[0] }}" in a message'],
  ["{{ range() }}", 'Cannot use "{{ range() }}" in a message'],
  ["{{- a -}}", 'Cannot use "{{ - a - }}" in a message'],
  ["{{ a..b }}", 'Cannot use "{{ a..b }}" in a message'],
  ["{{ true }}", 'Cannot use "{{ true }}" in a message'],
  ["{{ }}", 'Cannot use "{{  }}" in a message'],
  ["{{ {{ a }} }}", 'Cannot use "{{ {{ a }}" in a message'],
  ["{% if a %}x{% endif %}", 'Cannot use "{%" in a message'],
  ["{# note #}", 'Cannot use "{#" in a message'],
  ["cpu {{ cpu", '"{{" is never closed by "}}"'],
] as const;

for (const [text, start] of REFUSED) {
  Deno.test(`message ${JSON.stringify(text)} is refused`, () => {
    const parsed = parseMessage(text);
    assert(!parsed.ok && parsed.fault.startsWith(start), JSON.stringify(parsed));
  });
}

Deno.test("an alert whose evidence has expired renders without it", () => {
  const expired = alert([], { events: [{ offset: 1, event: null, expired: true }], event_count: 1 });
  assert.equal(render("{{ cpu }}{{ event.cpu }}{{ events.0 }} on {{ key.host }}", expired), " on gt-01");
});

Deno.test("a rendered message is cut", () => {
  const text = render("{{ big }}{{ big }}", alert([{ big: "x".repeat(RENDERED_CHARACTERS_MAX) }]));
  assert.equal(text.length, RENDERED_CHARACTERS_MAX);
  assert(text.endsWith("x…"));
});

Deno.test("what an event holds is never read as a place", () => {
  assert.equal(render("{{ host }}", alert([{ host: "{{ cpu }}" }])), "{{ cpu }}");
});
