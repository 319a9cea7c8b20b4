/**
 * Token buckets, one for each channel that has a rate limit: a message costs a token, tokens come one by one at an
 * even pace and at most `burst` of them are kept. In memory: after a restart each bucket is full.
 */
import type { RateLimit } from "../model/channel_policy.ts";

interface Bucket {
  tokens: number;
  at: number;
}

export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();

  /** When the next token is there, ms since the epoch; null: now. */
  waitsUntil(channelId: string, limit: RateLimit | null, now: number): number | null {
    if (limit === null) {
      this.#buckets.delete(channelId);
      return null;
    }
    const { tokens } = this.#filled(channelId, limit, now);
    return tokens >= 1 ? null : now + Math.ceil((1 - tokens) * 1000 / limit.per_second);
  }

  /** To be called where `waitsUntil` just said now. */
  take(channelId: string, limit: RateLimit | null, now: number): void {
    if (limit !== null) this.#filled(channelId, limit, now).tokens--;
  }

  #filled(channelId: string, { per_second, burst }: RateLimit, now: number): Bucket {
    let bucket = this.#buckets.get(channelId);
    if (bucket === undefined) this.#buckets.set(channelId, bucket = { tokens: burst, at: now });
    const came = Math.max(0, now - bucket.at) * per_second / 1000;
    bucket.tokens = Math.min(burst, bucket.tokens + came);
    bucket.at = now;
    return bucket;
  }
}
