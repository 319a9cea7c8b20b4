/** Replies kept for idempotent requests, in memory. */
import type { Reply } from "../event_log.ts";

export interface Replies {
  put(reply: Reply): void;
  get(key: string, since: number): Reply | undefined;
  /** Deletes the oldest, at most `slice`. */
  trim(before: number, slice: number): number;
}

export function createReplies(): Replies {
  const replies = new Map<string, Reply>();
  return {
    put: (reply) => void replies.set(reply.key, { ...reply }),
    get(key, since) {
      const reply = replies.get(key);
      return reply !== undefined && reply.created_at >= since ? { ...reply } : undefined;
    },
    trim(before, slice) {
      const old = [...replies.values()].filter((reply) => reply.created_at < before)
        .sort((a, b) => a.created_at - b.created_at).slice(0, slice);
      for (const reply of old) replies.delete(reply.key);
      return old.length;
    },
  };
}
