/**
 * A circuit for each channel: closed while it works, open after failures in a row, half open when the recovery time
 * is over; then one attempt at a time shows whether it works again. Of a closed one only first attempts count as
 * failures: what fails again and again may be the message, and its retries follow each other. In memory: after a restart every circuit is
 * closed, and a channel that still fails opens it again after as many failures.
 */
import type { SendResult } from "../channel/mod.ts";
import type { Breaker } from "../model/channel_policy.ts";

export type CircuitState = "closed" | "open" | "half_open";

/** What a circuit shows of itself. Times in ms since the epoch. */
export interface CircuitView {
  state: CircuitState;
  /** Failures in a row. */
  failures: number;
  opened_at: number | null;
  /** When the next attempt may be made; null unless it is open. */
  probe_at: number | null;
}

interface Circuit {
  failures: number;
  /** In a row since it was half open. */
  successes: number;
  /** When it opened first, since it was last closed; null: it is closed. */
  openedAt: number | null;
  probeAt: number;
  probing: boolean;
}

/** Stands between a channel and a part of it that has a circuit of its own. */
const PART = "#";

/** Names the circuit of a part of a channel. */
export function partOfChannel(channelId: string, part: number): string {
  return `${channelId}${PART}${part}`;
}

/** Failures of our own, which say nothing about the receiver. */
const OWN_REASONS = new Set(["shutdown", "internal_error", "template_failed", "render_failed"]);

export class CircuitBreakers {
  readonly #circuits = new Map<string, Circuit>();

  /** When an attempt may be made, ms since the epoch; null: now. One while another probes waits for that. */
  waitsUntil(channelId: string, breaker: Breaker | null, now: number): number | "probe" | null {
    const circuit = this.#circuits.get(channelId);
    if (breaker === null || circuit === undefined || circuit.openedAt === null) return null;
    if (now < circuit.probeAt) return circuit.probeAt;
    return circuit.probing ? "probe" : null;
  }

  /** An attempt begins. Answers whether it is a probe. */
  began(channelId: string): boolean {
    const circuit = this.#circuits.get(channelId);
    if (circuit === undefined || circuit.openedAt === null) return false;
    return circuit.probing = true;
  }

  /** An attempt ended. */
  ended(channelId: string, result: Pick<SendResult, "class" | "scope" | "reason">, at: {
    breaker: Breaker | null;
    /** Whether it was the first attempt of its delivery. */
    first: boolean;
    now: number;
  }): void {
    const circuit = this.#circuits.get(channelId) ?? fresh();
    circuit.probing = false;
    const worked = verdictOf(result);
    if (worked === null || at.breaker === null) return;
    if (worked) this.#worked(channelId, circuit, at.breaker);
    else if (at.first || circuit.openedAt !== null) {
      this.#failed(channelId, circuit, { breaker: at.breaker, now: at.now });
    }
  }

  /** Closes it, and those of its parts: the channel was mended, or is asked for by hand. */
  reset(channelId: string): void {
    for (const id of this.#circuits.keys()) {
      if (id === channelId || id.startsWith(`${channelId}${PART}`)) this.#circuits.delete(id);
    }
  }

  view(channelId: string, now: number): CircuitView {
    const circuit = this.#circuits.get(channelId);
    if (circuit === undefined) return { state: "closed", failures: 0, opened_at: null, probe_at: null };
    const { failures, openedAt, probeAt } = circuit;
    if (openedAt === null) return { state: "closed", failures, opened_at: null, probe_at: null };
    const state = now < probeAt ? "open" : "half_open";
    return { state, failures, opened_at: openedAt, probe_at: state === "open" ? probeAt : null };
  }

  /** How many are not closed. */
  get open(): number {
    return [...this.#circuits.values()].filter(({ openedAt }) => openedAt !== null).length;
  }

  #worked(channelId: string, circuit: Circuit, breaker: Breaker): void {
    circuit.failures = 0;
    circuit.successes++;
    if (circuit.openedAt === null || circuit.successes >= breaker.successes) this.#circuits.delete(channelId);
  }

  #failed(channelId: string, circuit: Circuit, { breaker, now }: { breaker: Breaker; now: number }): void {
    circuit.failures++;
    circuit.successes = 0;
    if (circuit.openedAt !== null || circuit.failures >= breaker.failures) {
      circuit.openedAt ??= now;
      circuit.probeAt = now + breaker.recovery_ms;
    }
    this.#circuits.set(channelId, circuit);
  }
}

/**
 * Whether an attempt shows that the channel works; null: it shows nothing. A receiver that refuses a message or a
 * recipient works; one that asks to wait neither works nor fails.
 */
export function verdictOf(
  { class: kind, scope, reason }: Pick<SendResult, "class" | "scope" | "reason">,
): boolean | null {
  if (reason !== null && OWN_REASONS.has(reason)) return null;
  switch (kind) {
    case "delivered":
      return true;
    case "deferred":
      return null;
    case "permanent":
      return scope !== "channel";
    case "transient":
    case "unknown":
      return false;
  }
}

function fresh(): Circuit {
  return { failures: 0, successes: 0, openedAt: null, probeAt: 0, probing: false };
}
