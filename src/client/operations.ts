/**
 * Made by `deno task client` from the OpenAPI document: what each operation takes and answers. Not edited by hand.
 */

export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  errors?: ({ pointer: string; code: string; message: string; [member: string]: unknown })[] | undefined;
  [member: string]: unknown;
};

export type Fault = { pointer: string; code: string; message: string; [member: string]: unknown };

export type RuleDraft = {
  rule_id?: string | null | undefined;
  rule_name: string;
  description?: string | null | undefined;
  tags?: (string)[] | null | undefined;
  severity?: "info" | "warning" | "error" | "critical" | null | undefined;
  labels?: { [member: string]: unknown } | null | undefined;
  is_active?: boolean | null | undefined;
  trigger_type: unknown;
  trigger_spec: {
    field?: string | null | undefined;
    op?: unknown | undefined;
    operator?: unknown | undefined;
    value?: unknown | undefined;
    case_sensitive?: boolean | null | undefined;
    conditions?: RuleDraft__schema0 | undefined;
    logic?: unknown | undefined;
    topics?: (string)[] | null | undefined;
    event_type?: string | null | undefined;
    eventType?: string | null | undefined;
    source?: string | null | undefined;
    value_path?: string | null | undefined;
    metricName?: string | null | undefined;
    metric_name?: string | null | undefined;
    threshold?: unknown | undefined;
    group_by?: (string)[] | null | undefined;
    time?:
      | {
        field?: string | null | undefined;
        unit?: "s" | "ms" | "us" | "ns" | null | undefined;
        watermark_delay?: unknown | undefined;
        watermark_delay_seconds?: unknown | undefined;
        allowed_lateness?: unknown | undefined;
        allowed_lateness_seconds?: unknown | undefined;
        idle_after?: unknown | undefined;
        idle_after_seconds?: unknown | undefined;
        [own: `x-${string}`]: unknown;
      }
      | null
      | undefined;
    enrichments?: (unknown)[] | null | undefined;
    window_config?:
      | {
        type?: unknown | undefined;
        size?: unknown | undefined;
        size_seconds?: unknown | undefined;
        slide?: unknown | undefined;
        slide_seconds?: unknown | undefined;
        gap?: unknown | undefined;
        gap_seconds?: unknown | undefined;
        timeout?: unknown | undefined;
        timeout_seconds?: unknown | undefined;
        offset?: unknown | undefined;
        offset_seconds?: unknown | undefined;
        max_duration?: unknown | undefined;
        max_duration_seconds?: unknown | undefined;
        allowed_lateness?: unknown | undefined;
        allowed_lateness_seconds?: unknown | undefined;
        emit?: "on_close" | "on_change" | null | undefined;
        emit_empty?: boolean | null | undefined;
        [own: `x-${string}`]: unknown;
      }
      | null
      | undefined;
    window?:
      | {
        type?: unknown | undefined;
        size?: unknown | undefined;
        size_seconds?: unknown | undefined;
        slide?: unknown | undefined;
        slide_seconds?: unknown | undefined;
        gap?: unknown | undefined;
        gap_seconds?: unknown | undefined;
        timeout?: unknown | undefined;
        timeout_seconds?: unknown | undefined;
        offset?: unknown | undefined;
        offset_seconds?: unknown | undefined;
        max_duration?: unknown | undefined;
        max_duration_seconds?: unknown | undefined;
        allowed_lateness?: unknown | undefined;
        allowed_lateness_seconds?: unknown | undefined;
        emit?: "on_close" | "on_change" | null | undefined;
        emit_empty?: boolean | null | undefined;
        [own: `x-${string}`]: unknown;
      }
      | null
      | undefined;
    aggregation?: unknown | undefined;
    aggregations?:
      | ({
        id?: unknown | undefined;
        type?: unknown | undefined;
        field?: string | null | undefined;
        fieldName?: string | null | undefined;
        as?: string | null | undefined;
        output_alias?: string | null | undefined;
        outputAlias?: string | null | undefined;
        outputName?: string | null | undefined;
        percentile_value?: unknown | undefined;
        percentile?: unknown | undefined;
        [own: `x-${string}`]: unknown;
      })[]
      | null
      | undefined;
    having?:
      | {
        id?: unknown | undefined;
        field?: string | null | undefined;
        op?: unknown | undefined;
        operator?: unknown | undefined;
        value?: unknown | undefined;
        case_sensitive?: boolean | null | undefined;
        conditions?: RuleDraft__schema0 | undefined;
        logic?: unknown | undefined;
        [own: `x-${string}`]: unknown;
      }
      | null
      | undefined;
    pattern?:
      | {
        steps: (RuleDraft__schema1)[];
        within?: unknown | undefined;
        within_seconds?: unknown | undefined;
        within_ms?: unknown | undefined;
        within_mode?: "first_to_last" | "previous_to_current" | null | undefined;
        after_match?: unknown | undefined;
        on_timeout?: boolean | null | undefined;
        [own: `x-${string}`]: unknown;
      }
      | null
      | undefined;
    recipe?: unknown | undefined;
    duration?: unknown | undefined;
    duration_seconds?: unknown | undefined;
    endpoint?: string | null | undefined;
    method?: unknown | undefined;
    params?: unknown | undefined;
    timeout_ms?: unknown | undefined;
    interval?: unknown | undefined;
    interval_seconds?: unknown | undefined;
    anomaly_method?: unknown | undefined;
    anomaly_config?:
      | {
        threshold?: unknown | undefined;
        multiplier?: unknown | undefined;
        alpha?: unknown | undefined;
        [own: `x-${string}`]: unknown;
      }
      | null
      | undefined;
    baseline_values?: (unknown)[] | null | undefined;
    baseline_window?: number | null | undefined;
    cron?: string | null | undefined;
    scheduleExpression?: string | null | undefined;
    schedule_expression?: string | null | undefined;
    timezone?: string | null | undefined;
    missed?: "run_once" | "skip" | null | undefined;
    [own: `x-${string}`]: unknown;
  };
  action_spec?: unknown | undefined;
  for?: unknown | undefined;
  keep_firing_for?: unknown | undefined;
  cooldown?: unknown | undefined;
  isolation?: "shared" | "dedicated" | null | undefined;
  limits?:
    | {
      keys?: number | null | undefined;
      alerts_per_minute?: number | null | undefined;
      state_bytes?: number | null | undefined;
      events_per_window?: number | null | undefined;
      partials_per_key?: number | null | undefined;
      [own: `x-${string}`]: unknown;
    }
    | null
    | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  created_by?: unknown | undefined;
  version?: unknown | undefined;
  effective?: unknown | undefined;
  status?: unknown | undefined;
  kept?: unknown | undefined;
  reset?: unknown | undefined;
  warnings?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type RuleDraft__schema0 =
  | ({
    id?: unknown | undefined;
    field?: string | null | undefined;
    op?: unknown | undefined;
    operator?: unknown | undefined;
    value?: unknown | undefined;
    case_sensitive?: boolean | null | undefined;
    conditions?: RuleDraft__schema0 | undefined;
    logic?: unknown | undefined;
    [own: `x-${string}`]: unknown;
  })[]
  | null;

export type RuleDraft__schema1 = {
  field?: string | null | undefined;
  op?: unknown | undefined;
  operator?: unknown | undefined;
  value?: unknown | undefined;
  case_sensitive?: boolean | null | undefined;
  conditions?: RuleDraft__schema0 | undefined;
  logic?: unknown | undefined;
  name?: string | null | undefined;
  steps?: (RuleDraft__schema1)[] | null | undefined;
  contiguity?: "strict" | "relaxed" | "any" | null | undefined;
  negated?: boolean | null | undefined;
  times?: unknown | undefined;
  optional?: boolean | null | undefined;
  greedy?: boolean | null | undefined;
  inner?: "strict" | "relaxed" | "any" | null | undefined;
  until?:
    | {
      id?: unknown | undefined;
      field?: string | null | undefined;
      op?: unknown | undefined;
      operator?: unknown | undefined;
      value?: unknown | undefined;
      case_sensitive?: boolean | null | undefined;
      conditions?: RuleDraft__schema0 | undefined;
      logic?: unknown | undefined;
      [own: `x-${string}`]: unknown;
    }
    | null
    | undefined;
  within?: unknown | undefined;
  within_seconds?: unknown | undefined;
  within_ms?: unknown | undefined;
  window?: unknown | undefined;
  window_seconds?: unknown | undefined;
  window_ms?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type Rule = {
  rule_id: string;
  rule_name: string;
  trigger_type: string;
  trigger_spec: { [member: string]: unknown };
  version: number;
  effective: { [member: string]: unknown };
  [member: string]: unknown;
};

export type RuleSaved = {
  rule_id: string;
  rule_name: string;
  trigger_type: string;
  trigger_spec: { [member: string]: unknown };
  version: number;
  effective: { [member: string]: unknown };
  warnings: ({ pointer: string; code: string; message: string; [member: string]: unknown })[];
  [member: string]: unknown;
};

export type RuleVersion = {
  rule_id: string;
  version: number;
  change: string;
  is_active: boolean;
  saved_at: string;
  rule: { [member: string]: unknown };
  [member: string]: unknown;
};

export type Validation = {
  valid: boolean;
  errors: ({ pointer: string; code: string; message: string; [member: string]: unknown })[];
  warnings: ({ pointer: string; code: string; message: string; [member: string]: unknown })[];
  [member: string]: unknown;
};

export type Simulation = {
  would_execute: boolean;
  alerts: ({ [member: string]: unknown })[];
  warnings: (unknown)[];
  [member: string]: unknown;
};

export type Backtest = { backtest_id: string; [member: string]: unknown };

export type EventsTaken = {
  accepted: number;
  duplicates: number;
  first_offset: number | null;
  last_offset: number | null;
  [member: string]: unknown;
};

export type Event = {
  offset: number;
  topic: string;
  received_at: string;
  event: { [member: string]: unknown };
  [member: string]: unknown;
};

export type Alert = {
  alert_id: string;
  rule_id: string;
  rule_name: string;
  rule_version: number;
  severity: "info" | "warning" | "error" | "critical";
  status: "firing" | "resolved";
  reason: "match" | "window" | "pattern" | "absence" | "anomaly" | "schedule" | "manual";
  key: unknown;
  event_time: string;
  fired_at: string;
  resolved_at: string | null;
  window: { start: string; end: string } | null;
  values: unknown;
  match: { [member: string]: unknown } | null;
  events:
    ({ offset: number; event: unknown; expired?: boolean | undefined; truncated?: boolean | undefined })[];
  event_count: number;
  title: string;
  message: string;
  labels: { [member: string]: unknown };
  dedup_key: string;
  metadata: unknown;
  revision: number;
  degraded: boolean;
  ack: boolean;
  ack_at: string | null;
  ack_by: string | null;
};

export type AlertSummary = {
  unacked_count: number;
  by_severity: { [member: string]: unknown };
  [member: string]: unknown;
};

export type Delivery = {
  delivery_id: string;
  alert_id: string;
  rule_id: string;
  channel_id: string;
  state:
    | "queued"
    | "sending"
    | "retry_wait"
    | "deferred"
    | "delivered"
    | "dead"
    | "expired"
    | "cancelled"
    | "unknown"
    | "suppressed";
  created_at: string;
  next_attempt_at: string | null;
  attempts: ({ [member: string]: unknown })[];
  attempts_total: number;
  [member: string]: unknown;
};

export type RedriveDraft = {
  delivery_ids?: (string)[] | undefined;
  channel_id?: string | undefined;
  rule_id?: string | undefined;
  state?: "dead" | "expired" | "cancelled" | "unknown" | undefined;
  reason?: string | undefined;
  dry_run?: boolean | undefined;
  [own: `x-${string}`]: unknown;
};

export type Redriven = {
  redriven: number;
  remaining: number;
  reasons: ({ [member: string]: unknown })[];
  delivery_ids: (string)[];
  [member: string]: unknown;
};

export type ChannelDraft = {
  channel_id?: string | null | undefined;
  name: string;
  type: string;
  config?: unknown | undefined;
  enabled?: boolean | null | undefined;
  policy?:
    | {
      send_resolved?: boolean | null | undefined;
      max_per_hour?: number | null | undefined;
      quiet_hours?: ({ [member: string]: unknown })[] | null | undefined;
      retry?:
        | "default"
        | "patient"
        | {
          profile?: "default" | "patient" | undefined;
          max_retries?: number | undefined;
          initial_delay?: string | undefined;
          multiplier?: number | undefined;
          max_delay?: string | undefined;
          expires_after?: string | undefined;
          [own: `x-${string}`]: unknown;
        }
        | null
        | undefined;
      rate_limit?: { [member: string]: unknown } | null | undefined;
      circuit_breaker?: { [member: string]: unknown } | null | undefined;
      fallback_channel?: string | null | undefined;
      cooldown?: unknown | undefined;
      cooldown_seconds?: unknown | undefined;
      dedup_key?: unknown | undefined;
      group_by?: unknown | undefined;
      repeat_interval?: unknown | undefined;
      severities?: unknown | undefined;
      [own: `x-${string}`]: unknown;
    }
    | null
    | undefined;
  version?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  last_test?: unknown | undefined;
  effective?: unknown | undefined;
  health?: unknown | undefined;
  unusable?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type Channel = {
  channel_id: string;
  name: string;
  type: string;
  config: { [member: string]: unknown };
  enabled: boolean;
  version: number;
  [member: string]: unknown;
};

export type ApiDraft = {
  api_id?: string | null | undefined;
  api_name: string;
  description?: string | null | undefined;
  tags?: (string)[] | null | undefined;
  type: "script" | "http" | "sql";
  logic: string;
  method?: string | null | undefined;
  endpoint?: string | null | undefined;
  runtime_policy?:
    | {
      timeout_ms?: number | null | undefined;
      max_response_bytes?: number | null | undefined;
      allow_network?: boolean | null | undefined;
      allowed_hosts?: (string)[] | null | undefined;
      blocked_private_ranges?: true | null | undefined;
      allow_runtime?: boolean | null | undefined;
      max_rows?: unknown | undefined;
      script?:
        | {
          timeout_ms?: number | null | undefined;
          max_response_bytes?: number | null | undefined;
          allow_network?: boolean | null | undefined;
          allowed_hosts?: (string)[] | null | undefined;
          blocked_private_ranges?: true | null | undefined;
          [own: `x-${string}`]: unknown;
        }
        | null
        | undefined;
      [own: `x-${string}`]: unknown;
    }
    | null
    | undefined;
  is_active?: boolean | null | undefined;
  version?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type Api = {
  api_id: string;
  api_name: string;
  type: string;
  logic: string;
  version: number;
  [member: string]: unknown;
};

export type SecretDraft = {
  value?: string | null | undefined;
  hosts?: (string)[] | null | undefined;
  description?: string | null | undefined;
  name?: unknown | undefined;
  version?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  used_by?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type Secret = {
  name: string;
  value: "********";
  hosts: (string)[];
  description: string;
  version: number;
  created_at: string;
  updated_at: string;
  [member: string]: unknown;
};

export type SecretUsed = {
  name: string;
  value: "********";
  hosts: (string)[];
  description: string;
  version: number;
  created_at: string;
  updated_at: string;
  used_by: {
    rules: (string)[];
    apis: (string)[];
    lookups: (string)[];
    action_templates: (string)[];
    [member: string]: unknown;
  };
  [member: string]: unknown;
};

export type TemplateDraft = {
  name?: string | null | undefined;
  channel_type: "slack" | "email" | "sms" | "discord" | "webhook" | "pagerduty";
  body: string;
  subject?: string | null | undefined;
  version?: unknown | undefined;
  is_default?: unknown | undefined;
  variables?: unknown | undefined;
  warnings?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type ActionTemplateDraft = {
  name?: string | null | undefined;
  description?: string | null | undefined;
  parameters?:
    | ({
      name: string;
      description?: string | null | undefined;
      default?: unknown | undefined;
      example?: unknown | undefined;
      [own: `x-${string}`]: unknown;
    })[]
    | null
    | undefined;
  action_spec: unknown;
  version?: unknown | undefined;
  is_default?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  used_by?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type RoutingDraft = {
  route: RoutingDraft__schema0 | null;
  receivers?: ({ name: string; channels: (string)[]; [own: `x-${string}`]: unknown })[] | undefined;
  time_intervals?:
    | ({ name: string; time_intervals: ({ [member: string]: unknown })[]; [own: `x-${string}`]: unknown })[]
    | undefined;
  resolve_timeout?: unknown | undefined;
  version?: unknown | undefined;
  updated_at?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type RoutingDraft__schema0 = {
  receiver?: string | null | undefined;
  matchers?: unknown | undefined;
  continue?: boolean | null | undefined;
  group_by?: (string)[] | null | undefined;
  group_wait?: unknown | undefined;
  group_interval?: unknown | undefined;
  repeat_interval?: unknown | undefined;
  mute_time_intervals?: (string)[] | null | undefined;
  active_time_intervals?: (string)[] | null | undefined;
  routes?: (RoutingDraft__schema0)[] | null | undefined;
  [own: `x-${string}`]: unknown;
};

export type RouteTestDraft = { labels: { [member: string]: unknown }; [own: `x-${string}`]: unknown };

export type InhibitionDraft = {
  inhibition_id?: string | undefined;
  source_matchers: unknown;
  target_matchers: unknown;
  equal?: (string)[] | undefined;
  comment?: string | undefined;
  [own: `x-${string}`]: unknown;
};

export type PolicyDraft = {
  policy_id?: string | null | undefined;
  name: string;
  channel?: "webhook" | null | undefined;
  webhook_url?: string | null | undefined;
  headers?: { [member: string]: unknown } | null | undefined;
  channels?: (string)[] | null | undefined;
  rule_id?: string | null | undefined;
  trigger: {
    type?: "snapshot_threshold" | undefined;
    window_minutes?: number | undefined;
    field:
      | "matched_count"
      | "fail_count"
      | "skipped_count"
      | "evaluated_count"
      | "rule_count"
      | "tick_duration_ms";
    op?: ">" | ">=" | "<" | "<=" | "==" | "=" | undefined;
    value: number;
    severity?: "info" | "warning" | "error" | "critical" | "warn" | null | undefined;
    [own: `x-${string}`]: unknown;
  };
  policy?: {
    cooldown_seconds?: number | undefined;
    max_per_hour?: number | undefined;
    [own: `x-${string}`]: unknown;
  } | undefined;
  is_active?: boolean | null | undefined;
  dedup_key?: unknown | undefined;
  version?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type EventsBody = { [member: string]: unknown } | ({ [member: string]: unknown })[];

export type SimulationDraft = {
  rule: RuleDraft;
  events?: ({ [member: string]: unknown })[] | undefined;
  test_payload?: { [member: string]: unknown } | undefined;
  received_at?: string | number | null | undefined;
  advance_to?: string | number | null | undefined;
  call_answers?: { [member: string]: unknown } | null | undefined;
};

export type StoredSimulationDraft = {
  rule?: RuleDraft | undefined;
  events?: ({ [member: string]: unknown })[] | undefined;
  test_payload?: { [member: string]: unknown } | undefined;
  received_at?: string | number | null | undefined;
  advance_to?: string | number | null | undefined;
  call_answers?: { [member: string]: unknown } | null | undefined;
};

export type BacktestDraft = {
  rule: RuleDraft;
  from?: number | string | null | undefined;
  to?: number | string | null | undefined;
  [own: `x-${string}`]: unknown;
};

export type StoredBacktestDraft = {
  rule?: RuleDraft | undefined;
  from?: number | string | null | undefined;
  to?: number | string | null | undefined;
  [own: `x-${string}`]: unknown;
};

export type ConditionCheck = {
  condition: { [member: string]: unknown };
  test_payload?: { [member: string]: unknown } | undefined;
};

export type ValidationDraft = RuleDraft | {
  condition: { [member: string]: unknown };
  test_payload?: { [member: string]: unknown } | undefined;
} | { [member: string]: unknown };

export type FormConversion = {
  form?: {
    rule_name: string;
    description?: string | null | undefined;
    is_active?: boolean | null | undefined;
    trigger_type: "metric" | "event" | "schedule" | "anomaly" | "pattern";
    trigger_spec: unknown;
    action_spec?: unknown | undefined;
    composite_condition?:
      | {
        id?: unknown | undefined;
        conditions: (FormConversion__schema0)[];
        logic?: "AND" | "OR" | "NOT" | null | undefined;
        [own: `x-${string}`]: unknown;
      }
      | null
      | undefined;
    window_config?:
      | {
        id?: unknown | undefined;
        type: "tumbling" | "sliding" | "session";
        size_seconds?: number | null | undefined;
        slide_seconds?: number | null | undefined;
        gap_seconds?: number | null | undefined;
        size?: unknown | undefined;
        slide?: unknown | undefined;
        gap?: unknown | undefined;
        timeout?: unknown | undefined;
        [own: `x-${string}`]: unknown;
      }
      | null
      | undefined;
    aggregation?:
      | {
        id?: unknown | undefined;
        type: unknown;
        field?: string | null | undefined;
        fieldName?: string | null | undefined;
        group_by?: string | (string)[] | null | undefined;
        percentile_value?: number | null | undefined;
        percentile?: number | null | undefined;
        threshold?: number | null | undefined;
        op?: ">" | ">=" | "<" | "<=" | "==" | "!=" | null | undefined;
        output_alias?: string | null | undefined;
        outputAlias?: string | null | undefined;
        outputName?: string | null | undefined;
        [own: `x-${string}`]: unknown;
      }
      | null
      | undefined;
    enrichments?:
      | ({
        id?: unknown | undefined;
        type: "lookup" | "calculate" | "api_call" | "aggregate" | "ml_model";
        name?: string | null | undefined;
        outputField?: string | null | undefined;
        source?: string | null | undefined;
        key?: string | null | undefined;
        table?: string | null | undefined;
        endpoint?: string | null | undefined;
        formula?: string | null | undefined;
        field?: string | null | undefined;
        function?: string | null | undefined;
        fields?: unknown | undefined;
        default?: unknown | undefined;
        of?: unknown | undefined;
        size?: unknown | undefined;
        method?: unknown | undefined;
        params?: unknown | undefined;
        timeout_ms?: unknown | undefined;
        cache_seconds?: unknown | undefined;
        fallback?: unknown | undefined;
        [own: `x-${string}`]: unknown;
      })[]
      | null
      | undefined;
    actions?:
      | ({
        type?:
          | "webhook"
          | "notify"
          | "trigger"
          | "trigger_rule"
          | "store"
          | "api_script"
          | "api_call"
          | null
          | undefined;
        endpoint?: string | null | undefined;
        method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | null | undefined;
        headers?: { [member: string]: unknown } | null | undefined;
        params?: { [member: string]: unknown } | null | undefined;
        channels?: (string)[] | null | undefined;
        message?: string | null | undefined;
        target_rule_id?: string | null | undefined;
        rule_id?: string | null | undefined;
        api_id?: string | null | undefined;
        table?: string | null | undefined;
        topic?: string | null | undefined;
        [member: string]: unknown;
      })[]
      | null
      | undefined;
    [member: string]: unknown;
  } | undefined;
  rule?: RuleDraft | undefined;
};

export type FormConversion__schema0 = {
  id?: unknown | undefined;
  field?: string | undefined;
  op?: unknown | undefined;
  operator?: unknown | undefined;
  value?: unknown | undefined;
  case_sensitive?: boolean | null | undefined;
  conditions?: (FormConversion__schema0)[] | undefined;
  logic?: "AND" | "OR" | "NOT" | null | undefined;
  [own: `x-${string}`]: unknown;
};

export type PreviewDraft = {
  rule?: RuleDraft | undefined;
  trigger_spec?: { [member: string]: unknown } | undefined;
  condition?: { [member: string]: unknown } | undefined;
  test_payload: { [member: string]: unknown };
  call_answers?: { [member: string]: unknown } | undefined;
};

export type StoredPreviewDraft = {
  test_payload: { [member: string]: unknown };
  call_answers?: { [member: string]: unknown } | undefined;
};

export type TriggerDraft = {
  payload?: { [member: string]: unknown } | null | undefined;
  [member: string]: unknown;
};

export type ResumeDraft = { from?: "quarantine" | "now" | undefined };

export type AckDraft = { by?: string | null | undefined };

export type BaselineReset = {
  key?: { [member: string]: unknown } | null | undefined;
  [own: `x-${string}`]: unknown;
};

export type BaselineUpload = {
  values: (number | string)[];
  key?: { [member: string]: unknown } | null | undefined;
  [own: `x-${string}`]: unknown;
};

export type ChannelTest = {
  channel_id?: string | null | undefined;
  name?: string | undefined;
  type: string;
  config?: unknown | undefined;
  enabled?: boolean | null | undefined;
  policy?:
    | {
      send_resolved?: boolean | null | undefined;
      max_per_hour?: number | null | undefined;
      quiet_hours?: ({ [member: string]: unknown })[] | null | undefined;
      retry?:
        | "default"
        | "patient"
        | {
          profile?: "default" | "patient" | undefined;
          max_retries?: number | undefined;
          initial_delay?: string | undefined;
          multiplier?: number | undefined;
          max_delay?: string | undefined;
          expires_after?: string | undefined;
          [own: `x-${string}`]: unknown;
        }
        | null
        | undefined;
      rate_limit?: { [member: string]: unknown } | null | undefined;
      circuit_breaker?: { [member: string]: unknown } | null | undefined;
      fallback_channel?: string | null | undefined;
      cooldown?: unknown | undefined;
      cooldown_seconds?: unknown | undefined;
      dedup_key?: unknown | undefined;
      group_by?: unknown | undefined;
      repeat_interval?: unknown | undefined;
      severities?: unknown | undefined;
      [own: `x-${string}`]: unknown;
    }
    | null
    | undefined;
  version?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  last_test?: unknown | undefined;
  effective?: unknown | undefined;
  health?: unknown | undefined;
  unusable?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type TemplatePreview = {
  context?: { [member: string]: unknown } | undefined;
  alert_id?: string | undefined;
};

export type ActionTemplateExpansion = {
  with?: { [member: string]: unknown } | undefined;
  [member: string]: unknown;
};

export type ApiCall = {
  params?: { [member: string]: unknown } | undefined;
  input?: unknown | undefined;
  limit?: number | null | undefined;
};

export type ApiDryRun = {
  type?: "script" | "http" | "sql" | undefined;
  logic: string;
  runtime_policy?:
    | {
      timeout_ms?: number | null | undefined;
      max_response_bytes?: number | null | undefined;
      allow_network?: boolean | null | undefined;
      allowed_hosts?: (string)[] | null | undefined;
      blocked_private_ranges?: true | null | undefined;
      allow_runtime?: boolean | null | undefined;
      max_rows?: unknown | undefined;
      script?:
        | {
          timeout_ms?: number | null | undefined;
          max_response_bytes?: number | null | undefined;
          allow_network?: boolean | null | undefined;
          allowed_hosts?: (string)[] | null | undefined;
          blocked_private_ranges?: true | null | undefined;
          [own: `x-${string}`]: unknown;
        }
        | null
        | undefined;
      [own: `x-${string}`]: unknown;
    }
    | null
    | undefined;
  params?: { [member: string]: unknown } | undefined;
  input?: unknown | undefined;
  limit?: number | null | undefined;
};

export type LookupUpload = ({ [member: string]: unknown })[] | {
  key?: string | null | undefined;
  rows: ({ [member: string]: unknown })[];
} | {
  key?: string | null | undefined;
  source: {
    url: string;
    interval_seconds: number;
    format: "json" | "csv";
    headers?: { [member: string]: unknown } | undefined;
  };
};

export type SilenceDraft = {
  matchers?: unknown | undefined;
  matcher_sets?: (unknown)[] | null | undefined;
  starts_at?: string | null | undefined;
  ends_at?: string | null | undefined;
  duration?: unknown | undefined;
  schedule?: ({ [member: string]: unknown })[] | null | undefined;
  created_by?: string | null | undefined;
  comment?: string | null | undefined;
  silence_id?: unknown | undefined;
  state?: unknown | undefined;
  updated_at?: unknown | undefined;
  replaced?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type SilencePreview = {
  matchers?: unknown | undefined;
  matcher_sets?: (unknown)[] | null | undefined;
  starts_at?: string | null | undefined;
  ends_at?: string | null | undefined;
  duration?: unknown | undefined;
  schedule?: ({ [member: string]: unknown })[] | null | undefined;
  created_by?: string | null | undefined;
  comment?: string | null | undefined;
  silence_id?: unknown | undefined;
  state?: unknown | undefined;
  updated_at?: unknown | undefined;
  replaced?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type RulePatch = {
  rule_id?: unknown | undefined;
  rule_name?: unknown | undefined;
  description?: unknown | undefined;
  tags?: unknown | undefined;
  severity?: unknown | undefined;
  labels?: unknown | undefined;
  is_active?: unknown | undefined;
  trigger_type?: unknown | undefined;
  trigger_spec?: unknown | undefined;
  action_spec?: unknown | undefined;
  for?: unknown | undefined;
  keep_firing_for?: unknown | undefined;
  cooldown?: unknown | undefined;
  isolation?: unknown | undefined;
  limits?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  created_by?: unknown | undefined;
  version?: unknown | undefined;
  effective?: unknown | undefined;
  status?: unknown | undefined;
  kept?: unknown | undefined;
  reset?: unknown | undefined;
  warnings?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type ChannelPatch = {
  channel_id?: unknown | undefined;
  name?: unknown | undefined;
  type?: unknown | undefined;
  config?: unknown | undefined;
  enabled?: unknown | undefined;
  policy?: unknown | undefined;
  version?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  last_test?: unknown | undefined;
  effective?: unknown | undefined;
  health?: unknown | undefined;
  unusable?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type TemplatePatch = {
  name?: unknown | undefined;
  channel_type?: unknown | undefined;
  body?: unknown | undefined;
  subject?: unknown | undefined;
  version?: unknown | undefined;
  is_default?: unknown | undefined;
  variables?: unknown | undefined;
  warnings?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type ActionTemplatePatch = {
  name?: unknown | undefined;
  description?: unknown | undefined;
  parameters?: unknown | undefined;
  action_spec?: unknown | undefined;
  version?: unknown | undefined;
  is_default?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  used_by?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type ApiPatch = {
  api_id?: unknown | undefined;
  api_name?: unknown | undefined;
  description?: unknown | undefined;
  tags?: unknown | undefined;
  type?: unknown | undefined;
  logic?: unknown | undefined;
  method?: unknown | undefined;
  endpoint?: unknown | undefined;
  runtime_policy?: unknown | undefined;
  is_active?: unknown | undefined;
  version?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export type PolicyPatch = {
  policy_id?: unknown | undefined;
  name?: unknown | undefined;
  channel?: unknown | undefined;
  webhook_url?: unknown | undefined;
  headers?: unknown | undefined;
  channels?: unknown | undefined;
  rule_id?: unknown | undefined;
  trigger?: unknown | undefined;
  policy?: unknown | undefined;
  is_active?: unknown | undefined;
  dedup_key?: unknown | undefined;
  version?: unknown | undefined;
  created_at?: unknown | undefined;
  updated_at?: unknown | undefined;
  [own: `x-${string}`]: unknown;
};

export interface Operations {
  /** Take events: an object, a list, NDJSON or CloudEvents. */
  "POST /api/v1/events": {
    query?: {
      topic?: string | number | boolean | undefined;
      partial?: string | number | boolean | undefined;
    };
    body: EventsBody;
    answer: EventsTaken;
  };
  /** Browse the log. */
  "GET /api/v1/events": {
    query?: {
      topic?: string | number | boolean | undefined;
      from?: string | number | boolean | undefined;
      to?: string | number | boolean | undefined;
      from_offset?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
    };
    answer: { items: (Event)[]; next_cursor: string | null; [member: string]: unknown };
  };
  /** List topics by name. */
  "GET /api/v1/topics": {
    query?: { limit?: string | number | boolean | undefined; cursor?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** Read the figures of a topic. */
  "GET /api/v1/topics/{topic}": { params: { topic: string }; answer: { [member: string]: unknown } };
  /** List fields that recent events of a topic hold. */
  "GET /api/v1/topics/{topic}/fields": {
    params: { topic: string };
    query?: {
      prefix?: string | number | boolean | undefined;
      search?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
    };
    answer: { [member: string]: unknown };
  };
  /** List fields that recent events hold. */
  "GET /api/v1/field-suggestions": {
    query?: {
      prefix?: string | number | boolean | undefined;
      search?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
      topic?: string | number | boolean | undefined;
    };
    answer: { [member: string]: unknown };
  };
  /** Tell how far the log reaches and what it lacks. */
  "GET /api/v1/log": { answer: { [member: string]: unknown } };
  /** Run a rule over given events in virtual time. */
  "POST /api/v1/rules/simulate": { body: SimulationDraft; answer: Simulation };
  /** Run a stored rule over given events in virtual time. */
  "POST /api/v1/rules/{id}/simulate": {
    params: { id: string };
    body: StoredSimulationDraft;
    answer: Simulation;
  };
  /** Run a rule over the stored log. */
  "POST /api/v1/rules/backtest": { body: BacktestDraft; answer: Backtest };
  /** Run a stored rule, or a draft beside it, over the stored log. */
  "POST /api/v1/rules/{id}/backtest": {
    params: { id: string };
    body?: StoredBacktestDraft;
    answer: Backtest;
  };
  /** List backtests. */
  "GET /api/v1/backtests": {
    answer: { items: (Backtest)[]; next_cursor: string | null; [member: string]: unknown };
  };
  /** Read the progress and result of a backtest; its alerts list every revision. */
  "GET /api/v1/backtests/{id}": { params: { id: string }; answer: Backtest };
  /** Stop a backtest; it stays listed. */
  "DELETE /api/v1/backtests/{id}": { params: { id: string } };
  /** Follow a backtest as server-sent events. */
  "GET /api/v1/backtests/{id}/stream": {
    params: { id: string };
    query?: { last_event_id?: string | number | boolean | undefined };
  };
  /** Stop a backtest, and read what it came to. */
  "POST /api/v1/backtests/{id}/cancel": {
    params: { id: string };
    body?: { [member: string]: unknown };
    answer: Backtest;
  };
  /** Turn a form into a rule, or a rule into a form. */
  "POST /api/v1/rules/form": { body: FormConversion; answer: { [member: string]: unknown } };
  /** List templates of conditions. */
  "GET /api/v1/conditions/templates": { answer: { [member: string]: unknown } };
  /** Show the outcome of every condition over one event. */
  "POST /api/v1/rules/preview": { body: PreviewDraft; answer: { [member: string]: unknown } };
  /** Show the outcome of every condition of a stored rule. */
  "POST /api/v1/rules/{id}/preview": {
    params: { id: string };
    body: StoredPreviewDraft;
    answer: { [member: string]: unknown };
  };
  /** Read the server in figures. */
  "GET /api/v1/stats/summary": { answer: { [member: string]: unknown } };
  /** List what rules cost, match and lose. */
  "GET /api/v1/rules/performance": {
    query?: { sort?: string | number | boolean | undefined; limit?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** Count what went wrong, by time and kind. */
  "GET /api/v1/errors/timeline": {
    query?: {
      from?: string | number | boolean | undefined;
      to?: string | number | boolean | undefined;
      bucket?: string | number | boolean | undefined;
      kind?: string | number | boolean | undefined;
      recent?: string | number | boolean | undefined;
    };
    answer: { [member: string]: unknown };
  };
  /** List schedules and polls, and when they are due. */
  "GET /api/v1/scheduler/status": {
    query?: { limit?: string | number | boolean | undefined; cursor?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** List rules. */
  "GET /api/v1/rules": {
    query?: {
      trigger_type?: string | number | boolean | undefined;
      is_active?: string | number | boolean | undefined;
      severity?: string | number | boolean | undefined;
      tag?: string | number | boolean | undefined;
      search?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
    };
    answer: { items: (Rule)[]; next_cursor: string | null; [member: string]: unknown };
  };
  /** Create a rule. */
  "POST /api/v1/rules": {
    query?: {
      start_offset?: string | number | boolean | undefined;
      start_time?: string | number | boolean | undefined;
    };
    body: RuleDraft;
    answer: RuleSaved;
  };
  /** Check a rule without saving it. */
  "POST /api/v1/rules/validate": { body: ValidationDraft; answer: Validation };
  /** Read a rule. */
  "GET /api/v1/rules/{id}": { params: { id: string }; answer: Rule };
  /** Replace a rule. */
  "PUT /api/v1/rules/{id}": { params: { id: string }; body: RuleDraft; answer: RuleSaved };
  /** Change members of a rule (RFC 7396). */
  "PATCH /api/v1/rules/{id}": { params: { id: string }; body: RulePatch; answer: RuleSaved };
  /** Delete a rule; its versions and alerts stay. */
  "DELETE /api/v1/rules/{id}": { params: { id: string } };
  /** Enable a rule. */
  "POST /api/v1/rules/{id}/enable": {
    params: { id: string };
    body?: { [member: string]: unknown };
    answer: RuleSaved;
  };
  /** Disable a rule. */
  "POST /api/v1/rules/{id}/disable": {
    params: { id: string };
    body?: { [member: string]: unknown };
    answer: RuleSaved;
  };
  /** List every save of a rule, oldest first. */
  "GET /api/v1/rules/{id}/versions": {
    params: { id: string };
    query?: { limit?: string | number | boolean | undefined; cursor?: string | number | boolean | undefined };
    answer: { items: (RuleVersion)[]; next_cursor: string | null; [member: string]: unknown };
  };
  /** Read what a rule does and holds. */
  "GET /api/v1/rules/{id}/state": { params: { id: string }; answer: { [member: string]: unknown } };
  /** Run a rule by hand, at once. */
  "POST /api/v1/rules/{id}/trigger": {
    params: { id: string };
    body?: TriggerDraft;
    answer: { [member: string]: unknown };
  };
  /** Tell why a rule did not fire. */
  "GET /api/v1/rules/{id}/explain": { params: { id: string }; answer: { [member: string]: unknown } };
  /** End the quarantine of a rule. */
  "POST /api/v1/rules/{id}/resume": {
    params: { id: string };
    body?: ResumeDraft;
    answer: { [member: string]: unknown };
  };
  /** Let parked events be seen again. */
  "POST /api/v1/rules/{id}/poison/clear": {
    params: { id: string };
    body?: { [member: string]: unknown };
    answer: { [member: string]: unknown };
  };
  /** Read what an anomaly rule compares with. */
  "GET /api/v1/rules/{id}/anomaly-status": {
    params: { id: string };
    query?: { key?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** Read what an anomaly rule compares with (older path). */
  "GET /api/v1/rules/anomaly-status/{id}": {
    params: { id: string };
    query?: { key?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** Let the baseline of a key begin again. */
  "POST /api/v1/rules/{id}/anomaly-reset": {
    params: { id: string };
    body?: BaselineReset;
    answer: { [member: string]: unknown };
  };
  /** Give a key its baseline. */
  "PUT /api/v1/rules/{id}/baseline": {
    params: { id: string };
    body: BaselineUpload;
    answer: { [member: string]: unknown };
  };
  /** Follow alerts as server-sent events. */
  "GET /api/v1/alerts/stream": { query?: { last_event_id?: string | number | boolean | undefined } };
  /** List alerts, newest first. */
  "GET /api/v1/alerts": {
    query?: {
      rule_id?: string | number | boolean | undefined;
      severity?: string | number | boolean | undefined;
      status?: string | number | boolean | undefined;
      acked?: string | number | boolean | undefined;
      from?: string | number | boolean | undefined;
      to?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
    };
    answer: { items: (Alert)[]; next_cursor: string | null; [member: string]: unknown };
  };
  /** Count alerts that nobody acknowledged. */
  "GET /api/v1/alerts/summary": { answer: AlertSummary };
  /** Read an alert. */
  "GET /api/v1/alerts/{id}": { params: { id: string }; answer: Alert };
  /** Acknowledge an alert. */
  "POST /api/v1/alerts/{id}/ack": { params: { id: string }; body?: AckDraft; answer: Alert };
  /** List channels. */
  "GET /api/v1/channels": {
    query?: { limit?: string | number | boolean | undefined; cursor?: string | number | boolean | undefined };
    answer: { items: (Channel)[]; next_cursor: string | null; [member: string]: unknown };
  };
  /** Create a channel. */
  "POST /api/v1/channels": { body: ChannelDraft; answer: Channel };
  /** List types of channels, each with the schema of its config. */
  "GET /api/v1/channels/types": { answer: { [member: string]: unknown } };
  /** Tell how channels are and what became of their deliveries. */
  "GET /api/v1/channels/status": { answer: { [member: string]: unknown } };
  /** Read a channel; secrets are masked. */
  "GET /api/v1/channels/{id}": { params: { id: string }; answer: Channel };
  /** Replace a channel. */
  "PUT /api/v1/channels/{id}": { params: { id: string }; body: ChannelDraft; answer: Channel };
  /** Change members of a channel (RFC 7396). */
  "PATCH /api/v1/channels/{id}": { params: { id: string }; body: ChannelPatch; answer: Channel };
  /** Delete a channel. */
  "DELETE /api/v1/channels/{id}": {
    params: { id: string };
    query?: { force?: string | number | boolean | undefined };
  };
  /** Send one message through a channel that is not saved. */
  "POST /api/v1/channels/test": { body: ChannelTest; answer: { [member: string]: unknown } };
  /** Send one message through a channel. */
  "POST /api/v1/channels/{id}/test": {
    params: { id: string };
    body?: { [member: string]: unknown };
    answer: { [member: string]: unknown };
  };
  /** List templates of notifications. */
  "GET /api/v1/templates": {
    query?: {
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
      channel_type?: string | number | boolean | undefined;
    };
    answer: { [member: string]: unknown };
  };
  /** Create a template. */
  "POST /api/v1/templates": { body: TemplateDraft; answer: { [member: string]: unknown } };
  /** Read a template. */
  "GET /api/v1/templates/{name}": { params: { name: string }; answer: { [member: string]: unknown } };
  /** Create or replace a template. */
  "PUT /api/v1/templates/{name}": {
    params: { name: string };
    body: TemplateDraft;
    answer: { [member: string]: unknown };
  };
  /** Change members of a template (RFC 7396). */
  "PATCH /api/v1/templates/{name}": {
    params: { name: string };
    body: TemplatePatch;
    answer: { [member: string]: unknown };
  };
  /** Delete a template. */
  "DELETE /api/v1/templates/{name}": {
    params: { name: string };
    query?: { force?: string | number | boolean | undefined };
  };
  /** List every save of a template. */
  "GET /api/v1/templates/{name}/versions": {
    params: { name: string };
    answer: { [member: string]: unknown };
  };
  /** Render a template with a context, an alert or a sample. */
  "POST /api/v1/templates/{name}/preview": {
    params: { name: string };
    body?: TemplatePreview;
    answer: { [member: string]: unknown };
  };
  /** List templates of actions. */
  "GET /api/v1/action-templates": {
    query?: { limit?: string | number | boolean | undefined; cursor?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** Create a template of actions. */
  "POST /api/v1/action-templates": { body: ActionTemplateDraft; answer: { [member: string]: unknown } };
  /** Read a template of actions. */
  "GET /api/v1/action-templates/{name}": { params: { name: string }; answer: { [member: string]: unknown } };
  /** Create or replace a template of actions. */
  "PUT /api/v1/action-templates/{name}": {
    params: { name: string };
    body: ActionTemplateDraft;
    answer: { [member: string]: unknown };
  };
  /** Change members of a template of actions (RFC 7396). */
  "PATCH /api/v1/action-templates/{name}": {
    params: { name: string };
    body: ActionTemplatePatch;
    answer: { [member: string]: unknown };
  };
  /** Delete a template of actions. */
  "DELETE /api/v1/action-templates/{name}": { params: { name: string } };
  /** List every save of a template of actions. */
  "GET /api/v1/action-templates/{name}/versions": {
    params: { name: string };
    answer: { [member: string]: unknown };
  };
  /** Show what a template of actions comes to. */
  "POST /api/v1/action-templates/{name}/expand": {
    params: { name: string };
    body?: ActionTemplateExpansion;
    answer: { [member: string]: unknown };
  };
  /** List API definitions. */
  "GET /api/v1/apis": {
    query?: {
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
      type?: string | number | boolean | undefined;
      search?: string | number | boolean | undefined;
      tag?: string | number | boolean | undefined;
    };
    answer: { items: (Api)[]; next_cursor: string | null; [member: string]: unknown };
  };
  /** Create an API definition. */
  "POST /api/v1/apis": { body: ApiDraft; answer: Api };
  /** Run logic that is not saved. */
  "POST /api/v1/apis/dry-run": { body: ApiDryRun; answer: { [member: string]: unknown } };
  /** Read an API definition. */
  "GET /api/v1/apis/{id}": { params: { id: string }; answer: Api };
  /** Create or replace an API definition. */
  "PUT /api/v1/apis/{id}": { params: { id: string }; body: ApiDraft; answer: Api };
  /** Change members of an API definition (RFC 7396). */
  "PATCH /api/v1/apis/{id}": { params: { id: string }; body: ApiPatch; answer: Api };
  /** Delete an API definition. */
  "DELETE /api/v1/apis/{id}": { params: { id: string } };
  /** List every save, newest first. */
  "GET /api/v1/apis/{id}/versions": {
    params: { id: string };
    answer: { items: (Api)[]; next_cursor: string | null; [member: string]: unknown };
  };
  /** Make an older version the newest. */
  "POST /api/v1/apis/{id}/rollback": {
    params: { id: string };
    query?: { version?: string | number | boolean | undefined };
    body?: { [member: string]: unknown };
    answer: Api;
  };
  /** Run an API definition. */
  "POST /api/v1/apis/{id}/execute": {
    params: { id: string };
    body?: ApiCall;
    answer: { [member: string]: unknown };
  };
  /** List runs of an API definition. */
  "GET /api/v1/apis/{id}/logs": {
    params: { id: string };
    query?: {
      status?: string | number | boolean | undefined;
      from?: string | number | boolean | undefined;
      to?: string | number | boolean | undefined;
      search?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
    };
    answer: { [member: string]: unknown };
  };
  /** List lookup tables. */
  "GET /api/v1/lookups": {
    query?: { limit?: string | number | boolean | undefined; cursor?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** Read a lookup table and its rows. */
  "GET /api/v1/lookups/{name}": {
    params: { name: string };
    query?: { limit?: string | number | boolean | undefined; cursor?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** Create or replace a lookup table: JSON, CSV, or where to poll it from. */
  "PUT /api/v1/lookups/{name}": {
    params: { name: string };
    query?: { key?: string | number | boolean | undefined };
    body: LookupUpload;
    answer: { [member: string]: unknown };
  };
  /** Delete a lookup table. */
  "DELETE /api/v1/lookups/{name}": { params: { name: string } };
  /** List secrets, without their values. */
  "GET /api/v1/secrets": {
    query?: { limit?: string | number | boolean | undefined; cursor?: string | number | boolean | undefined };
    answer: { items: (Secret)[]; next_cursor: string | null; [member: string]: unknown };
  };
  /** Read what is known of a secret, and which documents name it. */
  "GET /api/v1/secrets/{name}": { params: { name: string }; answer: SecretUsed };
  /** Store a secret, or replace it. */
  "PUT /api/v1/secrets/{name}": { params: { name: string }; body: SecretDraft; answer: Secret };
  /** Delete a secret. */
  "DELETE /api/v1/secrets/{name}": {
    params: { name: string };
    query?: { force?: string | number | boolean | undefined };
  };
  /** List deliveries, newest first. */
  "GET /api/v1/deliveries": {
    query?: {
      state?: string | number | boolean | undefined;
      channel_id?: string | number | boolean | undefined;
      alert_id?: string | number | boolean | undefined;
      rule_id?: string | number | boolean | undefined;
      reason?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
    };
    answer: { items: (Delivery)[]; next_cursor: string | null; [member: string]: unknown };
  };
  /** List what waits to be tried again. */
  "GET /api/v1/deliveries/retries": {
    query?: { limit?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** Send many deliveries again. */
  "POST /api/v1/deliveries/redrive": { body: RedriveDraft; answer: Redriven };
  /** Read a delivery with its attempts. */
  "GET /api/v1/deliveries/{id}": { params: { id: string }; answer: Delivery };
  /** Send a delivery again. */
  "POST /api/v1/deliveries/{id}/redrive": {
    params: { id: string };
    body?: { [member: string]: unknown };
    answer: Delivery;
  };
  /** List what ran: actions and runs of rules. */
  "GET /api/v1/exec-logs": {
    query?: {
      kind?: string | number | boolean | undefined;
      status?: string | number | boolean | undefined;
      from?: string | number | boolean | undefined;
      to?: string | number | boolean | undefined;
      search?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
    };
    answer: { [member: string]: unknown };
  };
  /** Read one run. */
  "GET /api/v1/exec-logs/{id}": { params: { id: string }; answer: { [member: string]: unknown } };
  /** List what ran of a rule. */
  "GET /api/v1/rules/{id}/exec-logs": {
    params: { id: string };
    query?: {
      status?: string | number | boolean | undefined;
      from?: string | number | boolean | undefined;
      to?: string | number | boolean | undefined;
      search?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
    };
    answer: { [member: string]: unknown };
  };
  /** Read the routing document. */
  "GET /api/v1/routes": { answer: { [member: string]: unknown } };
  /** Replace the routing document. */
  "PUT /api/v1/routes": { body: RoutingDraft; answer: { [member: string]: unknown } };
  /** Delete the routing document. */
  "DELETE /api/v1/routes": Record<never, never>;
  /** Tell which receivers labels reach. */
  "POST /api/v1/routes/test": { body: RouteTestDraft; answer: { [member: string]: unknown } };
  /** List groups of alerts that are open. */
  "GET /api/v1/routes/groups": {
    query?: {
      alert_id?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
    };
    answer: { [member: string]: unknown };
  };
  /** List silences, newest first. */
  "GET /api/v1/silences": {
    query?: {
      state?: string | number | boolean | undefined;
      limit?: string | number | boolean | undefined;
      cursor?: string | number | boolean | undefined;
    };
    answer: { [member: string]: unknown };
  };
  /** Create a silence. */
  "POST /api/v1/silences": { body: SilenceDraft; answer: { [member: string]: unknown } };
  /** List the firing alerts that a silence would cover. */
  "POST /api/v1/silences/preview": { body: SilencePreview; answer: { [member: string]: unknown } };
  /** Read a silence. */
  "GET /api/v1/silences/{id}": { params: { id: string }; answer: { [member: string]: unknown } };
  /** Replace a silence. */
  "PUT /api/v1/silences/{id}": {
    params: { id: string };
    body: SilenceDraft;
    answer: { [member: string]: unknown };
  };
  /** End a silence. */
  "DELETE /api/v1/silences/{id}": { params: { id: string } };
  /** End a silence. */
  "POST /api/v1/silences/{id}/expire": {
    params: { id: string };
    body?: { [member: string]: unknown };
    answer: { [member: string]: unknown };
  };
  /** List inhibitions. */
  "GET /api/v1/inhibitions": { answer: { [member: string]: unknown } };
  /** Create an inhibition. */
  "POST /api/v1/inhibitions": { body: InhibitionDraft; answer: { [member: string]: unknown } };
  /** Read an inhibition. */
  "GET /api/v1/inhibitions/{id}": { params: { id: string }; answer: { [member: string]: unknown } };
  /** Replace an inhibition. */
  "PUT /api/v1/inhibitions/{id}": {
    params: { id: string };
    body: InhibitionDraft;
    answer: { [member: string]: unknown };
  };
  /** Delete an inhibition. */
  "DELETE /api/v1/inhibitions/{id}": { params: { id: string } };
  /** List notification policies. */
  "GET /api/v1/policies": {
    query?: { active_only?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** Create a notification policy. */
  "POST /api/v1/policies": { body: PolicyDraft; answer: { [member: string]: unknown } };
  /** Read a notification policy. */
  "GET /api/v1/policies/{id}": { params: { id: string }; answer: { [member: string]: unknown } };
  /** Replace a notification policy. */
  "PUT /api/v1/policies/{id}": {
    params: { id: string };
    body: PolicyDraft;
    answer: { [member: string]: unknown };
  };
  /** Change members of a notification policy (RFC 7396). */
  "PATCH /api/v1/policies/{id}": {
    params: { id: string };
    body: PolicyPatch;
    answer: { [member: string]: unknown };
  };
  /** Delete a notification policy. */
  "DELETE /api/v1/policies/{id}": { params: { id: string } };
  /** List what a notification policy sent. */
  "GET /api/v1/policies/{id}/logs": {
    params: { id: string };
    query?: { limit?: string | number | boolean | undefined };
    answer: { [member: string]: unknown };
  };
  /** Tell that the process serves. */
  "GET /healthz": { answer: { [member: string]: unknown } };
  /** Tell whether the server is ready. */
  "GET /readyz": { answer: { [member: string]: unknown } };
  /** Read metrics in the text format of Prometheus. */
  "GET /metrics": { answer: string };
  /** Read this document. */
  "GET /api/v1/openapi.json": { answer: { [member: string]: unknown } };
}
