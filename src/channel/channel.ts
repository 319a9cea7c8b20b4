/**
 * What every channel guarantees. A kind of channel is one file that says its fields (with defaults and help
 * for docs, forms and validation), which of them are secret, how a message is rendered and how it is sent;
 * {@linkcode defineChannel} makes a {@linkcode ChannelKind} of it and the registry names it.
 *
 * A channel decides *whether* a failure may be repeated, never *when*: that is the retry stage's. It sends
 * once, keeps nothing between calls, and answers every expected outcome as a value; a throw is our own bug.
 */
import type { z } from "zod";
import type { Clock } from "../base/clock.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { Alert } from "../model/alert.ts";
import type { Channel } from "../model/channel.ts";
import type { AttemptClass, Settled } from "../model/delivery.ts";
import type { RetryProfile } from "../model/retry_policy.ts";
import { checkConfig } from "./_check_config.ts";
import type { HttpPort } from "./http.ts";
import type { MailPort } from "./mail.ts";
import { redactSecrets, type SecretShape } from "./secrets.ts";

/**
 * What is to be told. A test looks like an alert but says that it is none; "ack" tells that somebody has
 * acknowledged the alert.
 */
export interface Message {
  kind: "alert" | "test" | "ack";
  /** Of a group of several: one alert that stands for all of them, for channels that tell of one. */
  alert: Alert;
  /** What routes put together, also when it is one alert; absent where the rule named the channel. */
  group?: MessageGroup;
  /** What a template made of it; absent: the channel finds its own words. */
  words?: Words;
}

export interface MessageGroup {
  group_key: string;
  receiver: string;
  labels: Readonly<Record<string, string>>;
  /** Several come without their events. */
  alerts: readonly Alert[];
  /** Further ones that are only counted. */
  truncated: number;
}

/** The output of a template, made safe for its type of channel and cut to what that takes. */
export interface Words {
  title: string;
  /** Plain text, or what the channel writes marks in (Slack). */
  text: string;
  html?: string;
  subject?: string;
  /** The document of a template whose output is JSON. */
  json?: JsonValue;
}

export interface SendResult {
  class: AttemptClass;
  /** What a permanent failure condemns: this message, this recipient, or the channel as configured. */
  scope: "message" | "recipient" | "channel" | null;
  /** A short stable code ("gone", "tls_cert"); null when delivered. */
  reason: string | null;
  /** The provider's status, null when no answer came. */
  status: number | null;
  /** A sentence for the operator, without secrets; null when delivered. */
  error: string | null;
  response_body: string | null;
  /**
   * How long the provider asks to wait; with "deferred", null leaves it to the retry stage. With "transient":
   * the least wait before the first retry, null for none.
   */
  retry_after_ms: number | null;
  /** Retries that a transient failure is worth, where fewer than usual. */
  retries_max?: number;
  /** Of a message to several recipients: those that need nothing more, earlier ones included. */
  settled?: Settled;
  /** Of an action of a rule: what it came to, for those after it. */
  result?: JsonObject;
  /** Of an action of a rule: what the log of executions tells of it. */
  references?: JsonObject;
}

/** What one attempt gets besides its message. */
export interface AttemptContext {
  /** The same on every attempt: the receiver's idempotency key. */
  deliveryId: string;
  clock: Clock;
  http: HttpPort;
  mail: MailPort;
  /** Aborted when the process stops waiting; the outcome is then "unknown", reason "shutdown". */
  signal: AbortSignal;
  /** Recipients that earlier attempts settled. */
  settled: Settled;
}

/** A URL that a channel will call, and the member of `config` it comes from, for the check at save. */
export interface Target {
  pointer: string;
  url: string;
}

/** What the file of a channel writes down. `Config` is its checked config, `Rendered` what it sends. */
export interface ChannelSpec<Config, Rendered> {
  type: string;
  title: string;
  summary: string;
  /** A strict object; each field has a help text (`describe`) and, where sensible, a default. */
  schema: z.ZodType<Config>;
  /** Further spellings that are accepted: alias to field. */
  aliases: Readonly<Record<string, string>>;
  /** Write-only fields, and what in them is hidden. */
  secrets: Readonly<Record<string, SecretShape>>;
  /** "repeat" where the receiver drops repeats by the delivery id, so that an unknown outcome is tried again. */
  afterUnknown: "repeat" | "stop";
  /** How its failed deliveries are tried again where the channel does not say: "default" unless said here. */
  patience?: RetryProfile;
  /** Whether the order of an alert's messages matters: those of one dedup_key are then sent one by one. */
  ordered?: boolean;
  /** Whether the channel is told that an alert is acknowledged. */
  acknowledges?: boolean;
  targets(config: Config): readonly Target[];
  /** Pure. What it throws is the message's fault, and the delivery is dead ("render_failed"). */
  render(message: Message, channel: { name: string; config: Config }): Rendered;
  send(rendered: Rendered, config: Config, context: AttemptContext): Promise<SendResult>;
}

/** A kind of channel as the product uses it; `config` is a channel's stored one. */
export interface ChannelKind
  extends Pick<ChannelSpec<unknown, unknown>, "type" | "title" | "summary" | "secrets" | "afterUnknown"> {
  /** For docs and forms. */
  readonly schema: z.ZodType;
  readonly patience: RetryProfile;
  readonly ordered: boolean;
  readonly acknowledges: boolean;
  /**
   * The config to store: aliases resolved, defaults filled in, and masks replaced by the secrets of
   * `stored`, the config before. @throws Problem 400 with pointers
   */
  validate(config: JsonObject, stored?: JsonObject): JsonObject;
  targets(config: JsonObject): readonly Target[];
  send(message: Message, channel: Channel, context: AttemptContext): Promise<SendResult>;
}

/** Ties the pieces of a spec together. */
export function defineChannel<Config extends object, Rendered>(
  spec: ChannelSpec<Config, Rendered>,
): ChannelKind {
  const { type, title, summary, schema, secrets, afterUnknown } = spec;
  const { patience = "default", ordered = false, acknowledges = false } = spec;
  const configOf = checkedOnce(schema);
  return {
    type,
    title,
    summary,
    schema,
    secrets,
    afterUnknown,
    patience,
    ordered,
    acknowledges,
    validate: (config, stored) => checkConfig(spec, config, stored) as JsonObject,
    targets: (config) => spec.targets(schema.parse(config)),
    async send(message, channel, context) {
      const config = configOf(channel.config);
      if (config === null) return unsendable("channel", "config_invalid", "its config is not valid any more");
      let rendered: Rendered;
      try {
        rendered = spec.render(message, { name: channel.name, config });
      } catch {
        return unsendable("message", "render_failed", "the message could not be rendered");
      }
      return redacted(await spec.send(rendered, config, context), spec, channel.config);
    },
  };
}

/** A stored config never changes, a saved channel has a new one: each is checked at its first message. */
function checkedOnce<Config extends object>(schema: z.ZodType<Config>): (stored: object) => Config | null {
  const checked = new WeakMap<object, Config | null>();
  return (stored) => {
    let config = checked.get(stored);
    if (config === undefined) {
      const parsed = schema.safeParse(stored);
      checked.set(stored, config = parsed.success ? parsed.data : null);
    }
    return config;
  };
}

/** The outcome of what failed before anything was sent. */
export function unsendable(scope: "message" | "channel", reason: string, why: string): SendResult {
  const error = `Cannot deliver: ${why}`;
  return {
    class: "permanent",
    scope,
    reason,
    status: null,
    error,
    response_body: null,
    retry_after_ms: null,
  };
}

// A receiver that echoes the request would show its credentials in the delivery log.
function redacted(result: SendResult, spec: Pick<ChannelKind, "secrets">, config: JsonObject): SendResult {
  return {
    ...result,
    error: result.error === null ? null : redactSecrets(result.error, spec, config),
    response_body: result.response_body === null ? null : redactSecrets(result.response_body, spec, config),
  };
}
