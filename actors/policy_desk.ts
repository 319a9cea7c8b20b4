/**
 * Notification policies: each is a rule over the snapshots of polling, and where it has a `webhook_url` a channel of its
 * own. This makes and reads the two together; everything else (cooldown, delivery, retries) is theirs.
 */
import type { Clock } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import { randomId } from "../src/base/ids.ts";
import { isObject, type JsonObject } from "../src/base/json.ts";
import { notFound, Problem } from "../src/base/problem.ts";
import { maskSecrets, requireChannelKind } from "../src/channel/mod.ts";
import type { Channel } from "../src/model/channel.ts";
import {
  type NotificationPolicy,
  POLICY_RULES as PREFIX,
  policyDedupKey,
  policyRule,
  readNotificationPolicy,
} from "../src/model/notification_policy.ts";
import { acceptConfig } from "../src/notify/accept_config.ts";
import type { EgressGuard } from "../src/notify/egress.ts";
import { policyLogRow } from "../src/notify/policy_log.ts";
import type { ChannelStore } from "../src/store/channel_store.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { Store } from "../src/store/store.ts";
import type { RuleControl } from "./rule_control.ts";

export const POLICIES_MAX = 500;

export interface PolicyDeskParts {
  rules: RuleControl;
  store: Pick<Store, "rules" | "outbox" | "effects">;
  channels: ChannelStore;
  egress: EgressGuard;
  clock: Clock;
}

export class PolicyDesk {
  readonly #p: PolicyDeskParts;

  constructor(parts: PolicyDeskParts) {
    this.#p = parts;
  }

  /** The newest first. */
  async list({ activeOnly }: { activeOnly: boolean }): Promise<JsonObject[]> {
    const { items } = await this.#p.store.rules.list({
      ...(activeOnly && { active: true }),
      tag: "policy",
      limit: POLICIES_MAX,
    });
    const rows = items.filter(({ rule_id, doc }) => rule_id.startsWith(PREFIX) && isObject(doc["x-policy"]));
    const shown = [];
    for (const row of rows) shown.push(await this.#shown(row));
    return shown.reverse();
  }

  /** @throws Problem 404 */
  async get(policyId: string): Promise<JsonObject> {
    return await this.#shown(await this.#row(policyId));
  }

  /** @throws Problem 400, 409 */
  async create(document: unknown): Promise<JsonObject> {
    const policy = readNotificationPolicy(document);
    const policyId = policy.policy_id ?? randomId();
    const made = policy.webhook_url ? await this.#channel(policyId, policy, undefined) : null;
    if (made !== null) await this.#p.channels.create(made);
    try {
      await this.#p.rules.create(policyRule(policyId, PREFIX + policyId, policy, namesOf(policy, made)));
    } catch (error) {
      if (made !== null) await this.#p.channels.delete(made.channel_id);
      throw error;
    }
    return await this.get(policyId);
  }

  /** @throws Problem 400, 404 */
  async replace(policyId: string, document: unknown): Promise<JsonObject> {
    const row = await this.#row(policyId);
    const policy = readNotificationPolicy(document);
    const old = await this.#p.channels.get(PREFIX + policyId);
    const made = policy.webhook_url ? await this.#channel(policyId, policy, old) : null;
    if (made !== null) {
      await (old === undefined ? this.#p.channels.create(made) : this.#p.channels.update(made));
    }
    await this.#p.rules.replace(
      row.rule_id,
      policyRule(policyId, row.rule_id, policy, namesOf(policy, made)),
    );
    if (made === null && old !== undefined) await this.#p.channels.delete(old.channel_id);
    return await this.get(policyId);
  }

  /** @throws Problem 404 */
  async remove(policyId: string): Promise<void> {
    const { rule_id } = await this.#row(policyId);
    await this.#p.rules.remove(rule_id);
    await this.#p.channels.delete(rule_id);
    await this.#p.store.outbox.cancel(rule_id, "policy_deleted");
  }

  /** What became of what it told, the newest first, as the reference system's log has it. @throws Problem 404 */
  async logs(policyId: string, limit: number): Promise<JsonObject[]> {
    const { rule_id } = await this.#row(policyId);
    const { outbox, effects } = this.#p.store;
    const { items } = await outbox.list({ rule_id, limit });
    const rows = [];
    for (const { delivery: { delivery_id } } of items) {
      const shown = await outbox.get(delivery_id);
      if (shown === undefined) continue;
      const alert = (await effects.alert(shown.delivery.alert_id))?.alert ?? null;
      rows.push(policyLogRow(shown, alert, policyId));
    }
    return rows;
  }

  async #row(policyId: string): Promise<RuleVersion> {
    const row = await this.#p.store.rules.get(PREFIX + policyId);
    if (row === undefined || !isObject(row.doc["x-policy"])) throw notFound("policy", policyId);
    return row;
  }

  async #channel(policyId: string, policy: NotificationPolicy, old: Channel | undefined): Promise<Channel> {
    const { egress, clock, channels } = this.#p;
    const kind = requireChannelKind("webhook");
    const at = instant(clock.now());
    const config = acceptConfig(kind, {
      url: policy.webhook_url!,
      headers: policy.headers ?? {},
      format: "flat",
    }, {
      ...(old?.unusable === undefined && old !== undefined && { stored: old.config }),
      egress,
    });
    const name = `policy: ${policy.name}`;
    const others = (await channels.list()).filter(({ channel_id }) => channel_id !== old?.channel_id);
    if (others.some((one) => one.name.toLowerCase() === name.toLowerCase())) throw nameTaken(policy.name);
    const { max_per_hour } = policy.policy;
    return {
      channel_id: PREFIX + policyId,
      name,
      type: "webhook",
      config,
      enabled: true,
      policy: { send_resolved: false, ...(max_per_hour > 0 && { max_per_hour }) },
      version: (old?.version ?? 0) + 1,
      created_at: old?.created_at ?? at,
      updated_at: at,
      last_test: old?.last_test ?? null,
    };
  }

  async #shown(row: RuleVersion): Promise<JsonObject> {
    const policyId = row.rule_id.slice(PREFIX.length);
    const kept = row.doc["x-policy"] as unknown as Pick<
      NotificationPolicy,
      "channels" | "trigger" | "policy" | "rule_id"
    >;
    const channel = await this.#p.channels.get(row.rule_id);
    const { config } = channel === undefined ? { config: {} as JsonObject } : maskSecrets(channel);
    return {
      policy_id: policyId,
      name: String(row.doc.rule_name),
      channel: channel === undefined ? null : "webhook",
      webhook_url: config.url ?? null,
      headers: config.headers ?? {},
      channels: kept.channels ?? null,
      rule_id: kept.rule_id ?? null,
      trigger: kept.trigger as JsonObject,
      policy: kept.policy as JsonObject,
      dedup_key: policyDedupKey(policyId, kept.trigger),
      is_active: row.doc.is_active !== false,
      version: row.version,
      created_at: instant(row.created_at),
      updated_at: instant(row.updated_at),
    };
  }
}

function namesOf({ channels }: NotificationPolicy, own: Channel | null): readonly string[] {
  return own === null ? channels ?? [] : [own.channel_id];
}

function nameTaken(name: string): Problem {
  const detail = `Cannot save the policy: another one is called "${name}"`;
  return new Problem({ status: 409, code: "name_taken", detail });
}
