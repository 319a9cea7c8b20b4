/** The templates of actions that come with the product. */
import type { ActionTemplate } from "./action_template.ts";

type Given = Pick<ActionTemplate, "name" | "description" | "parameters" | "action_spec">;

const NOTIFY_ON_CALL: Given = {
  name: "notify_on_call",
  description: "Tells who is on call, and somebody else where that fails.",
  parameters: [
    { name: "channel", description: "Channel of who is on call: id, name or type.", example: "on-call" },
    { name: "message", description: "What to say.", default: "{{ rule_name }}: {{ status }}" },
    { name: "fallback_channel", description: "Told where the channel fails.", default: null, example: "ops" },
  ],
  action_spec: {
    type: "notify",
    channels: ["{{ params.channel }}"],
    message: "{{ params.message }}",
    fallback_channel: "{{ params.fallback_channel }}",
  },
};

const OPEN_TICKET: Given = {
  name: "open_ticket",
  description: "Opens a ticket by a POST. Its answer is results.ticket for the actions after it.",
  parameters: [
    {
      name: "url",
      description: "Where tickets are opened.",
      example: "https://tickets.example.com/api/tickets",
    },
    { name: "project", description: "The project it belongs to.", example: "OPS" },
    { name: "title", description: "Its title.", default: "{{ alert_title }}" },
    { name: "headers", description: "Headers of the request, as an object.", default: {} },
  ],
  action_spec: {
    type: "webhook",
    as: "ticket",
    endpoint: "{{ params.url }}",
    method: "POST",
    headers: "{{ params.headers }}",
    body: {
      project: "{{ params.project }}",
      title: "{{ params.title }}",
      description: "{{ alert_message }}",
      severity: "{{ severity }}",
      alert_id: "{{ alert.alert_id }}",
      key: "{{ key }}",
      values: "{{ values }}",
    },
  },
};

const REPAIR: Given = {
  name: "repair",
  description: "Asks an endpoint to repair what the alert is about, and tells a channel if that fails.",
  parameters: [
    { name: "url", description: "The endpoint that repairs.", example: "https://repair.example.com/restart" },
    { name: "channel", description: "Told if it fails: id, name or type.", example: "on-call" },
    { name: "timeout", description: "Of an attempt.", default: "30s" },
    { name: "max_retries", description: "Further attempts.", default: 1 },
  ],
  action_spec: {
    type: "multi_action",
    actions: [
      {
        ...{ type: "webhook", as: "repair", endpoint: "{{ params.url }}", method: "POST" },
        ...{ timeout: "{{ params.timeout }}", retry: { max_retries: "{{ params.max_retries }}" } },
        body: { key: "{{ key }}", values: "{{ values }}", event: "{{ event }}" },
      },
      {
        if: { field: "results.repair.status", op: "==", value: "fail" },
        then: {
          type: "notify",
          channels: ["{{ params.channel }}"],
          title: "repair failed: {{ rule_name }}",
          message: "{{ alert_message }} ({{ results.repair.error }})",
        },
      },
    ],
  },
};

const ESCALATE: Given = {
  name: "escalate",
  description: "Runs the rule that escalates, on the event of the alert.",
  parameters: [
    { name: "rule_id", description: "The rule that escalates.", example: "escalation" },
    { name: "payload", description: "What it is run on.", default: "{{ event }}" },
  ],
  action_spec: { type: "trigger_rule", rule_id: "{{ params.rule_id }}", payload: "{{ params.payload }}" },
};

export const DEFAULT_ACTION_TEMPLATES: readonly ActionTemplate[] = [
  NOTIFY_ON_CALL,
  OPEN_TICKET,
  REPAIR,
  ESCALATE,
]
  .map((given) => ({ ...given, version: 0, is_default: true, created_at: null, updated_at: null }));
