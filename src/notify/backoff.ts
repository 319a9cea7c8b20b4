/**
 * The retry stage: *when* a delivery is tried again, and when it is given up, by the policy of its channel:
 * usually waits of 1, 2, 4 s (factor 2, at most 300 s, then ±10 % jitter) and at most 3 retries. A deferral waits as long as the provider asks and
 * deferrals in a row at least 1, 2, 4 ... 300 s, up to 10 % longer; it uses up no retry, and the life of the
 * delivery bounds it. An attempt is made only if it begins before that life is over.
 */
import type { Rng } from "../base/rng.ts";
import type { AttemptClass, Delivery, DeliveryState } from "../model/delivery.ts";
import { RETRY_PROFILES, type RetryPolicy } from "../model/retry_policy.ts";

/** What the stage needs to know of an attempt. */
export interface AttemptEnd {
  class: AttemptClass;
  reason: string | null;
  /** With "transient": the least wait before the first retry, for receivers that want more than the policy. */
  retry_after_ms: number | null;
  /** Of this failure no more retries than so many. */
  retries_max?: number;
  afterUnknown: "repeat" | "stop";
}

/** What follows. */
export interface Next {
  state: DeliveryState;
  retries: number;
  next_attempt_at: number | null;
  reason: string | null;
}

/** `now`, ms since the epoch, is when the attempt ended. */
export function decideNext(
  end: AttemptEnd,
  { delivery, deferrals = 0, now, rng, policy = RETRY_PROFILES.default }: {
    delivery: Pick<Delivery, "retries" | "expires_at">;
    /** How many attempts right before this one were deferred. */
    deferrals?: number;
    now: number;
    rng: Rng;
    policy?: RetryPolicy;
  },
): Next {
  const { retries } = delivery;
  if (end.class === "delivered") return over("delivered", retries, null);
  if (end.class === "permanent") return over("dead", retries, end.reason);
  if (end.class === "unknown" && end.afterUnknown === "stop") return over("unknown", retries, end.reason);
  if (end.class === "deferred") {
    const least = baseWaitMs(deferrals + 1, policy);
    const asked = Math.max(least, end.retry_after_ms ?? policy.deferralMs);
    const wait = asked * (1 + policy.jitter * rng.next());
    return within(delivery, { state: "deferred", retries, next_attempt_at: now + wait, reason: null });
  }
  // The process was told to stop: not the receiver's failure, so it costs no retry.
  if (end.reason === "shutdown") {
    return within(delivery, { state: "retry_wait", retries, next_attempt_at: now, reason: null });
  }
  if (retries >= Math.min(policy.retriesMax, end.retries_max ?? Infinity)) {
    return over("dead", retries, "retries_exhausted");
  }
  const initialMs = Math.max(policy.initialMs, end.retry_after_ms ?? 0);
  const wait = retryWaitMs(retries + 1, rng, { ...policy, initialMs });
  return within(delivery, {
    state: "retry_wait",
    retries: retries + 1,
    next_attempt_at: now + wait,
    reason: null,
  });
}

/** The wait before retry `n`, counted from 1: min(cap, initial * factor^(n - 1)) * uniform(0.9, 1.1). */
export function retryWaitMs(n: number, rng: Rng, policy: RetryPolicy = RETRY_PROFILES.default): number {
  return baseWaitMs(n, policy) * (1 - policy.jitter + 2 * policy.jitter * rng.next());
}

function baseWaitMs(n: number, policy: RetryPolicy): number {
  return Math.min(policy.capMs, policy.initialMs * policy.factor ** (n - 1));
}

function over(state: DeliveryState, retries: number, reason: string | null): Next {
  return { state, retries, next_attempt_at: null, reason };
}

function within(delivery: Pick<Delivery, "expires_at">, next: Next & { next_attempt_at: number }): Next {
  const at = Math.round(next.next_attempt_at);
  if (at >= delivery.expires_at) return over("expired", next.retries, "expired");
  return { ...next, next_attempt_at: at };
}
