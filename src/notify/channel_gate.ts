/**
 * Whether a channel is sent something now: its quiet hours, its circuit, its limits. What is held back is not lost.
 * A hold is a matter of minutes or hours: the whole channel waits in the outbox. A wait is short: the delivery
 * stays where it is, and its channel's others behind it.
 */
import type { SendResult } from "../channel/mod.ts";
import type { Channel } from "../model/channel.ts";
import { breakerOf, rateLimitOf } from "../model/channel_policy.ts";
import { ChannelCalm, type Hold as CalmHold } from "./channel_calm.ts";
import { CircuitBreakers, type CircuitView } from "./circuit_breaker.ts";
import { TokenBuckets } from "./token_buckets.ts";

export interface Hold {
  reason: CalmHold["reason"] | "circuit_open";
  /** When to look again, ms since the epoch. */
  until: number;
}

export type Admission =
  /** `alone`: nothing else of the channel may begin before it ends. */
  | { kind: "go"; alone: boolean }
  | { kind: "hold"; hold: Hold }
  /** `until` null: for an attempt that is under way. */
  | { kind: "wait"; until: number | null };

export class ChannelGate {
  readonly #calm = new ChannelCalm();
  readonly #circuits = new CircuitBreakers();
  readonly #buckets = new TokenBuckets();

  /** One that may go counts as begun: `ended` must follow. */
  admit(channel: Channel, now: number): Admission {
    const { channel_id } = channel;
    const circuit = this.#circuits.waitsUntil(channel_id, breakerOf(channel), now);
    if (circuit === "probe") return { kind: "wait", until: null };
    if (circuit !== null) return { kind: "hold", hold: { reason: "circuit_open", until: circuit } };
    const limit = rateLimitOf(channel);
    const token = this.#buckets.waitsUntil(channel_id, limit, now);
    if (token !== null) return { kind: "wait", until: token };
    const hold = this.#calm.admit(channel, now);
    if (hold !== null) return { kind: "hold", hold };
    this.#buckets.take(channel_id, limit, now);
    return { kind: "go", alone: this.#circuits.began(channel_id) };
  }

  /** `first`: whether it was the first attempt of its delivery. */
  ended(channel: Channel, result: SendResult, { now, first }: { now: number; first: boolean }): void {
    this.#circuits.ended(channel.channel_id, result, { breaker: breakerOf(channel), first, now });
  }

  /** The channel was mended, or is asked for by hand. */
  open(channelId: string): void {
    this.#circuits.reset(channelId);
  }

  circuit(channelId: string, now: number): CircuitView {
    return this.#circuits.view(channelId, now);
  }

  get openCircuits(): number {
    return this.#circuits.open;
  }
}
