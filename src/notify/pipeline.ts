/**
 * One attempt of one delivery, from its channel to what follows: find the channel, render and send (the
 * channel decides *whether* a failure may be repeated), then the retry stage (*when*). Answers the outcome
 * to record; expected failures of any kind are outcomes, and so is a fault of our own in a channel, which
 * must not stop other deliveries.
 */
import type { Clock } from "../base/clock.ts";
import { instant } from "../base/event_time.ts";
import type { JsonObject } from "../base/json.ts";
import { randomId } from "../base/ids.ts";
import type { Logger } from "../base/logging.ts";
import type { Counter, Histogram, Metrics } from "../base/metrics.ts";
import type { Rng } from "../base/rng.ts";
import {
  type AttemptContext,
  type ChannelKind,
  channelKind,
  type HttpPort,
  type MailPort,
  type Message,
  redactSecrets,
  type SendResult,
} from "../channel/mod.ts";
import { unsendable } from "../channel/mod.ts";
import type { Alert } from "../model/alert.ts";
import type { Channel } from "../model/channel.ts";
import type { Attempt, Delivery, DeliveryGroup, DeliveryTexts } from "../model/delivery.ts";
import type { Exec } from "../model/exec.ts";
import { RETRY_PROFILES } from "../model/retry_policy.ts";
import type { ChannelStore } from "../store/channel_store.ts";
import type { EffectStore } from "../store/effect_store.ts";
import type { AttemptOutcome, Outbox } from "../store/outbox.ts";
import { decideNext } from "./backoff.ts";
import type { ChannelGate, Hold } from "./channel_gate.ts";
import { channelRetry } from "./channel_retry.ts";
import type { CircuitView } from "./circuit_breaker.ts";
import { fallbackDelivery, marked, standIn } from "./fallback_delivery.ts";
import { asFlushed, groupMessage } from "./group_message.ts";
import type { Job } from "./lanes.ts";
import { type ActionTurn, actionTurn, type ActionTurnParts } from "./action_turn.ts";
import { actionExec, boundedResult } from "./action_exec.ts";
import { ACTION_TYPE } from "./rule_actions.ts";
import { sampleAlert } from "./sample_alert.ts";
import type { Wordsmith } from "./words.ts";

export interface PipelineParts {
  channels: Pick<ChannelStore, "get" | "list">;
  gate: ChannelGate;
  /** Hears how attempts ended. */
  watch?: { ended(channel: Channel, result: SendResult, circuit: CircuitView): void };
  effects: Pick<EffectStore, "alert" | "alertRevision">;
  outbox: Pick<Outbox, "deferrals">;
  /** Templates; without it every channel finds its own words. */
  words?: Pick<Wordsmith, "of">;
  /** Actions of rules; without it there are none. */
  acting?: ActionTurnParts;
  http: HttpPort;
  mail: MailPort;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  metrics: Metrics;
}

export interface Pipeline {
  /**
   * Attempts a delivery once. `signal` is aborted when the process stops waiting; `begun` is called when others of
   * its channel may ask whether they may begin, unless it is told to wait. Rejects if a store fails.
   */
  attempt(job: Job, signal: AbortSignal, begun: () => void): Promise<Attempted>;
  /** Sends a test message once, without outbox and retries. */
  test(channel: Channel, signal: AbortSignal): Promise<Attempt>;
}

/** Unless there is an outcome, nothing was tried and the delivery goes on waiting. */
export type Attempted =
  | { kind: "outcome"; outcome: AttemptOutcome }
  | { kind: "disabled" }
  /** Until then, ms since the epoch; null: until another that is under way has ended. */
  | { kind: "wait"; until: number | null };

interface Found {
  kind: ChannelKind;
  channel: Channel;
  message: Message;
  /** Words of the delivery's own. */
  texts?: DeliveryTexts;
}

/** It is over without an attempt at anything outside. */
type Settled = Extract<ActionTurn, { kind: "skip" | "tell" }>;

interface Sent {
  attempt: Attempt;
  result: SendResult;
}

export function createPipeline(parts: PipelineParts): Pipeline {
  const meters = metersOf(parts.metrics);
  return {
    async attempt(job, signal, begun) {
      const { delivery } = job;
      const found = await find(parts, delivery, job.alert);
      if (found === "disabled") return { kind: "disabled" };
      if ("kind" in found && typeof found.kind === "string") {
        const outcome = settle(found as Settled, delivery, parts.clock.now());
        meters.ended(outcome);
        return { kind: "outcome", outcome };
      }
      const able = "kind" in found ? found : null;
      const admission = able && parts.gate.admit(able.channel, parts.clock.now());
      // An action that waited would hold up those that it has a say in: it fails at once instead.
      const refused = delivery.kind === "action" && admission !== null && admission.kind !== "go";
      if (admission?.kind === "wait" && !refused) return admission;
      const alone = admission?.kind === "go" && admission.alone && delivery.kind !== "action";
      if (!alone) begun();
      const hold = admission?.kind === "hold" && !refused ? admission.hold : null;
      const instead = hold?.reason === "circuit_open" ? await substitute(parts, delivery, able) : undefined;
      const work = () => {
        if ("class" in found) return Promise.resolve(found);
        if (refused) return Promise.resolve(REFUSED);
        if (hold !== null) return Promise.resolve(held(hold, parts.clock.now(), instead));
        const settled = delivery.settled ?? {};
        const context = { deliveryId: delivery.delivery_id, settled, signal };
        return through(parts, found, { context, first: delivery.retries === 0 });
      };
      const sent = await measured(work, parts.clock);
      if (alone) begun();
      meters.count(able?.kind.type ?? "none", sent.attempt);
      const outcome = await conclude(parts, job, { found: able, hold, sent });
      meters.ended(outcome);
      return { kind: "outcome", outcome };
    },
    async test(channel, signal) {
      const kind = channelKind(channel.type);
      const message: Message = { kind: "test", alert: sampleAlert(parts.clock.now()) };
      const { attempt } = await measured(() => {
        if (kind === undefined) return Promise.resolve(noKind(channel));
        if (channel.unusable !== undefined) return Promise.resolve(locked(channel.unusable));
        const context = { deliveryId: `test_${randomId()}`, settled: {}, signal };
        return wordAndSend(parts, { kind, channel, message }, context);
      }, parts.clock);
      return attempt;
    },
  };
}

/** Of an action whose circuit is open. */
const REFUSED: SendResult = {
  ...unsendable("channel", "circuit_open", "Cannot attempt it now: too many attempts failed in a row"),
  class: "transient",
};

/** Words and sends, and tells the gate how it ended, whatever happens. */
async function through(
  parts: PipelineParts,
  found: Found,
  { context, first }: {
    context: Pick<AttemptContext, "deliveryId" | "settled" | "signal">;
    first: boolean;
  },
): Promise<SendResult> {
  let result = unsendable("message", "internal_error", "the attempt did not come to an end");
  try {
    return result = await wordAndSend(parts, found, context);
  } finally {
    const now = parts.clock.now();
    parts.gate.ended(found.channel, result, { now, first });
    // What a rule's own action comes to shows in its deliveries: it is no channel that others rely on.
    const watch = found.kind.type === ACTION_TYPE ? undefined : parts.watch;
    watch?.ended(found.channel, result, parts.gate.circuit(found.channel.channel_id, now));
  }
}

/** What follows an attempt, to be recorded. */
async function conclude(
  parts: PipelineParts,
  { delivery, once }: Job,
  { found, hold, sent: { attempt, result } }: { found: Found | null; hold: Hold | null; sent: Sent },
): Promise<AttemptOutcome> {
  const { outbox, clock, rng } = parts;
  const { delivery_id } = delivery;
  const afterUnknown = found?.kind.afterUnknown ?? "stop";
  // What our own policy holds back was not refused again and again: it is looked at when that says.
  const counted = result.class === "deferred" && hold === null;
  const deferrals = counted ? await outbox.deferrals(delivery_id) : 0;
  const policy = found === null ? RETRY_PROFILES.default : channelRetry(found.channel);
  const end = { ...result, afterUnknown };
  const decided = decideNext(end, { delivery, deferrals, now: clock.now(), rng, policy });
  // An end of this process is no failure: the next start goes on.
  const failed = decided.state === "retry_wait" && result.reason !== "shutdown";
  const next = once && failed ? givenUp(decided) : decided;
  const over = next.state === "dead" || next.state === "expired";
  const instead = over && result.reason !== "alert_missing"
    ? await substitute(parts, delivery, found)
    : undefined;
  const exec = over || next.state === "delivered" ? execOf(delivery, { attempt, result, found }) : null;
  return {
    ...{ delivery_id, attempt, ...next },
    ...(result.settled && { settled: result.settled }),
    ...(result.result && { result: boundedResult(result.result) }),
    ...(exec && { exec }),
    ...(hold !== null && next.state === "deferred" && { reason: hold.reason }),
    ...(instead && {
      births: [fallbackDelivery(delivery, {
        from: found?.channel.name ?? delivery.channel_id,
        to: instead,
        message: found?.message ?? null,
        now: clock.now(),
      })],
    }),
  };
}

/** What would be tried again is not. */
function givenUp(decided: ReturnType<typeof decideNext>): ReturnType<typeof decideNext> {
  return { ...decided, state: "dead", reason: "one_attempt", next_attempt_at: null };
}

function execOf(
  delivery: Delivery,
  { attempt, result, found }: { attempt: Attempt; result: SendResult; found: Found | null },
): Exec | null {
  if (delivery.kind !== "action" || found === null) return null;
  const status = attempt.class === "delivered" ? "success" : "fail";
  return actionExec(delivery, { ...attempt, status, references: result.references ?? {} });
}

/** What an action comes to that has nothing to attempt. */
function settle(turn: Settled, delivery: Delivery, now: number): AttemptOutcome {
  const { delivery_id, retries } = delivery;
  const skipped = turn.kind === "skip";
  const references: JsonObject = skipped ? {} : { action_type: "notify", ...turn.result };
  const status = skipped ? "skipped" : "success";
  const made = { at: now, duration_ms: 0, status, error: null, references } as const;
  const over = { delivery_id, attempt: null, retries, next_attempt_at: null } as const;
  const exec = { exec: actionExec(delivery, made) };
  if (skipped) return { ...over, ...exec, state: "suppressed", reason: "condition_not_met" };
  return { ...over, ...exec, state: "delivered", reason: null, result: turn.result, births: turn.births };
}

async function substitute(
  { channels }: PipelineParts,
  delivery: Delivery,
  found: Found | null,
): Promise<Channel | undefined> {
  return standIn(delivery, found?.channel ?? null, await channels.list());
}

/** What the attempt needs, or why it cannot be made. */
async function find(
  parts: PipelineParts,
  delivery: Job["delivery"],
  given: Alert | null,
): Promise<Found | Settled | SendResult | "disabled"> {
  const { channels, effects } = parts;
  if (delivery.kind === "action") return await findAction(parts, delivery, given);
  const channel = await channels.get(delivery.channel_id);
  if (channel === undefined) return unsendable("channel", "channel_missing", "the channel does not exist");
  if (!channel.enabled) return "disabled";
  if (channel.unusable !== undefined) return locked(channel.unusable);
  const kind = channelKind(channel.type);
  if (kind === undefined) return noKind(channel);
  if (delivery.group !== undefined) {
    const alerts = await alertsOf(delivery.group, effects);
    if (alerts.length > 0) {
      return { kind, channel, message: marked(groupMessage(delivery.group, alerts), delivery) };
    }
  }
  const alert = given ?? await effects.alertRevision(delivery.alert_id, delivery.revision);
  if (alert === undefined) return unsendable("message", "alert_missing", "the alert is not stored any more");
  const { texts } = delivery;
  const told = texts === undefined ? alert : { ...alert, title: texts.title, message: texts.message };
  const message: Message = { kind: delivery.kind === "ack" ? "ack" : "alert", alert: told };
  return { kind, channel, message: marked(message, delivery), ...(texts && { texts }) };
}

async function findAction(
  { acting, effects, channels, clock }: PipelineParts,
  delivery: Delivery,
  given: Alert | null,
): Promise<Found | Settled | SendResult> {
  const alert = given ?? await effects.alertRevision(delivery.alert_id, delivery.revision);
  if (alert === undefined) return unsendable("message", "alert_missing", "the alert is not stored any more");
  if (acting === undefined) {
    return unsendable("message", "action_missing", "actions are not carried out here");
  }
  const now = clock.now();
  const turn = await actionTurn(acting, { alert, delivery, channels: await channels.list(), now });
  if (turn.kind === "fail") return turn.result;
  if (turn.kind !== "send") return turn;
  const { channelKind: kind, channel, message } = turn;
  return { kind, channel, message };
}

/** Those that are still stored, as they were when the group was flushed. */
async function alertsOf(group: DeliveryGroup, effects: PipelineParts["effects"]): Promise<Alert[]> {
  const alerts: Alert[] = [];
  for (const { alert_id, revision, status } of group.alerts) {
    const found = await effects.alertRevision(alert_id, revision) ?? (await effects.alert(alert_id))?.alert;
    if (found !== undefined) alerts.push(asFlushed(found, status));
  }
  return alerts;
}

/** Nothing was sent: the channel's policy says when to look again. With somebody to stand in it is not waited for. */
function held({ reason, until }: Hold, now: number, instead: Channel | undefined): SendResult {
  const why = reason === "circuit_open"
    ? "too many attempts failed in a row"
    : "the channel's policy says so";
  const error = `Cannot deliver before ${instant(until)}: ${why} (${reason})`;
  if (instead !== undefined) return { ...unsendable("channel", reason, error), error };
  const retry_after_ms = until - now;
  return { class: "deferred", scope: null, reason, status: null, error, response_body: null, retry_after_ms };
}

function noKind(channel: Channel): SendResult {
  return unsendable("channel", "unknown_channel_type", `no channel type "${channel.type}"`);
}

function locked(why: string): SendResult {
  return unsendable("channel", "secret_locked", why);
}

/** The words of a template, where the alert's rule or the channel names one, then sending. */
async function wordAndSend(
  parts: PipelineParts,
  found: Found,
  context: Pick<AttemptContext, "deliveryId" | "settled" | "signal">,
): Promise<SendResult> {
  const { channel, message, texts } = found;
  const worded = await parts.words?.of(message.alert, channel, texts) ?? { ok: true, words: null };
  if (!worded.ok) {
    const { name, cause, problem } = worded;
    const line = problem.line === null ? "" : ` in line ${problem.line}`;
    const why = `template "${name}" cannot be rendered: ${problem.kind}${line}: ${problem.message}`;
    const fault = unsendable("message", "template_failed", why);
    return cause === "sandbox" ? { ...fault, class: "transient", scope: null } : fault;
  }
  return send(
    parts,
    worded.words === null ? found : { ...found, message: { ...message, words: worded.words } },
    context,
  );
}

async function send(
  { clock, http, mail, logger }: PipelineParts,
  { kind, channel, message }: Found,
  attempt: Pick<AttemptContext, "deliveryId" | "settled" | "signal">,
): Promise<SendResult> {
  try {
    return await kind.send(message, channel, { ...attempt, clock, http, mail });
  } catch (error) {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    logger.error("a channel failed unexpectedly", {
      channel_id: channel.channel_id,
      type: kind.type,
      error: redactSecrets(text, kind, channel.config),
    });
    const fault = unsendable("message", "internal_error", "an internal error, see the log");
    return { ...fault, class: "transient", scope: null };
  }
}

async function measured(work: () => Promise<SendResult>, clock: Clock): Promise<Sent> {
  const at = clock.now();
  const from = clock.monotonic();
  const result = await work();
  const attempt: Attempt = {
    at,
    duration_ms: Math.round((clock.monotonic() - from) * 1000) / 1000,
    status: result.status,
    class: result.class,
    error: result.error,
    response_body: result.response_body,
  };
  return { attempt, result };
}

interface Meters {
  count(type: string, attempt: Attempt): void;
  /** An action that is over. */
  ended(outcome: AttemptOutcome): void;
}

function metersOf(metrics: Metrics): Meters {
  const total: Counter = metrics.counter("tocsin_deliveries_total", "Attempts of deliveries by their class.");
  const seconds: Histogram = metrics.histogram(
    "tocsin_delivery_attempt_seconds",
    "Duration of an attempt of a delivery.",
  );
  const actions: Counter = metrics.counter("tocsin_actions_total", "Actions of rules that are over.");
  return {
    ended({ exec }) {
      if (exec === undefined) return;
      const { status, references: { action_type } } = exec;
      actions.add(1, { type: String(action_type ?? "none"), status });
    },
    count(type, attempt) {
      total.add(1, { channel_type: type, class: attempt.class });
      seconds.observe(attempt.duration_ms / 1000, { channel_type: type });
    },
  };
}
