/**
 * The templates that come with the product: one per type of channel in English, and in Korean under the same
 * name with `_ko`. They show what is there and leave out what is not. A template saved under one of these
 * names takes its place; deleting that brings the default back.
 */
import type { Template, TemplateChannel } from "./template.ts";

interface Words {
  firing: string;
  resolved: string;
  rule: string;
  time: string;
  more: string;
  empty: string;
}

const ENGLISH: Words = {
  firing: "Firing",
  resolved: "Resolved",
  rule: "Rule",
  time: "Time",
  more: "more",
  empty: "(no text)",
};
const KOREAN: Words = {
  firing: "발생",
  resolved: "해제",
  rule: "규칙",
  time: "시각",
  more: "개 더 있음",
  empty: "(내용 없음)",
};

const FIELDS_MAX = 20;
const LABEL = '[{{ (severity or "alert") | upper }}]';
/** A value of metadata as people read it. */
const VALUE = '{% if v is none %}-{% elif v is mapping %}{{ v | tojson | truncate(200, true, "…") }}' +
  '{% elif v is sequence and v is not string %}{{ v | map("default", "-", true) | join(", ") | truncate(200, true, "…") }}' +
  '{% else %}{{ v | string | truncate(200, true, "…") }}{% endif %}';
const FIELDS = `(metadata or {}).items() | list`;

function slack({ firing, resolved, rule, time, more, empty }: Words): string {
  return `*${LABEL} {{ alert_title | truncate(150, true, "…") }}* ` +
    `({% if status == "resolved" %}${resolved}{% else %}${firing}{% endif %})\n` +
    `{{ (alert_message or "${empty}") | truncate(1000, true, "…") }}` +
    `{% if rule_name %}\n${rule}: {{ rule_name }}{% endif %}` +
    `{% if timestamp %}\n${time}: {{ timestamp }}{% endif %}` +
    `{% set fields = ${FIELDS} %}` +
    `{% for k, v in fields[:${FIELDS_MAX}] %}\n• {{ k | truncate(60, true, "…") }}: ${VALUE}{% endfor %}` +
    `{% if fields | length > ${FIELDS_MAX} %}\n… {{ fields | length - ${FIELDS_MAX} }} ${more}{% endif %}`;
}

function email({ firing, resolved, rule, time, more, empty }: Words): string {
  const row = (name: string, value: string) =>
    `<tr><td style="padding:4px 12px 4px 0;color:#666">${name}</td><td style="padding:4px 0">${value}</td></tr>\n`;
  return `{% set colours = {"critical": "#b71c1c", "error": "#d84315", "warning": "#f9a825"} -%}\n` +
    `<div style="font-family:sans-serif;border-left:4px solid {{ colours[severity] or "#1565c0" }};padding-left:12px">\n` +
    `<h2 style="margin:0">${LABEL} {{ alert_title }}</h2>\n` +
    `<p style="color:#666">{% if status == "resolved" %}${resolved}{% else %}${firing}{% endif %}</p>\n` +
    `<p style="white-space:pre-wrap">{{ alert_message or "${empty}" }}</p>\n<table>\n` +
    `{% if rule_name %}${row(rule, "{{ rule_name }}")}{% endif %}` +
    `{% if timestamp %}${row(time, "{{ timestamp }}")}{% endif %}` +
    `{% set fields = ${FIELDS} %}{% for k, v in fields[:100] %}${row("{{ k }}", VALUE)}{% endfor %}` +
    `{% if fields | length > 100 %}${row("…", `{{ fields | length - 100 }} ${more}`)}{% endif %}` +
    `</table>\n</div>`;
}

function sms({ resolved, rule }: Words): string {
  return `${LABEL} {{ alert_title | truncate(300, true, "…") }}` +
    `{% if status == "resolved" %} (${resolved}){% endif %}` +
    `{% if alert_message %}\n{{ alert_message | truncate(140, true, "...", 0) }}{% endif %}` +
    `{% if rule_name %}\n${rule}: {{ rule_name | truncate(100, true, "…") }}{% endif %}`;
}

const WEBHOOK = JSON.stringify(
  {
    status: "{{ status }}",
    alert: {
      title: "{{ alert_title }}",
      message: "{{ alert_message }}",
      severity: "{{ severity }}",
      rule_name: "{{ rule_name }}",
      timestamp: "{{ timestamp }}",
    },
    key: "{{ key }}",
    values: "{{ values }}",
    metadata: "{{ metadata }}",
  },
  null,
  2,
);

function pagerduty({ empty }: Words): string {
  const document = {
    summary: `${LABEL} {{ (alert_title or "${empty}") | truncate(900, true, "…") }}`,
    severity: '{{ severity or "info" }}',
    source: '{{ rule_name or "tocsin" }}',
    timestamp: "{{ timestamp }}",
    custom_details: {
      message: "{{ alert_message }}",
      key: "{{ key }}",
      values: "{{ values }}",
      metadata: "{{ metadata }}",
    },
  };
  return JSON.stringify(document, null, 2);
}

const STANDARD = ["alert_message", "alert_title", "metadata", "rule_name", "severity", "status", "timestamp"];
const DOCUMENT = [...STANDARD, "key", "values"].sort();
const SHORT = ["alert_message", "alert_title", "rule_name", "severity", "status"];

function template(
  name: string,
  channel_type: TemplateChannel,
  { body, subject = null, variables }: { body: string; subject?: string | null; variables: string[] },
): Template {
  const never = { created_at: null, updated_at: null };
  return { name, channel_type, body, subject, version: 0, is_default: true, variables, ...never };
}

function inWords(suffix: string, words: Words): Template[] {
  const subject = `${LABEL} {{ alert_title }}{% if status == "resolved" %} (${words.resolved}){% endif %}`;
  const noStatus = DOCUMENT.filter((name) => name !== "status");
  return [
    template(`slack_default${suffix}`, "slack", { body: slack(words), variables: STANDARD }),
    template(`email_default${suffix}`, "email", { body: email(words), subject, variables: STANDARD }),
    template(`webhook_default${suffix}`, "webhook", { body: WEBHOOK, variables: DOCUMENT }),
    template(`sms_default${suffix}`, "sms", { body: sms(words), variables: SHORT }),
    template(`pagerduty_default${suffix}`, "pagerduty", { body: pagerduty(words), variables: noStatus }),
  ];
}

export const DEFAULT_TEMPLATES: readonly Template[] = [...inWords("", ENGLISH), ...inWords("_ko", KOREAN)];
