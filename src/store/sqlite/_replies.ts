/** Replies kept for idempotent requests. They commit with the records they answer for. */
import type { Reply } from "../event_log.ts";
import type { Connection } from "./connection.ts";

export interface Replies {
  /** Inside a transaction. Takes the place of an older reply to the same key. */
  put(reply: Reply): void;
  get(key: string, since: number): Reply | undefined;
  /** Inside a transaction: deletes the oldest, at most `slice`. */
  trim(before: number, slice: number): number;
}

export function createReplies(db: Connection): Replies {
  const upsert = db.prepare(
    `INSERT INTO reply (key, request, status, created_at, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET request = excluded.request, status = excluded.status,
       created_at = excluded.created_at, body = excluded.body`,
  );
  const select = db.prepare<Reply>(
    "SELECT key, request, status, body, created_at FROM reply WHERE key = ? AND created_at >= ?",
  );
  const remove = db.prepare(
    "DELETE FROM reply WHERE id IN (SELECT id FROM reply WHERE created_at < ? ORDER BY created_at LIMIT ?)",
  );
  return {
    put: (reply) => void upsert.run(reply.key, reply.request, reply.status, reply.created_at, reply.body),
    get(key, since) {
      const row = select.get(key, since);
      return row && { ...row };
    },
    trim: (before, slice) => Number(remove.run(before, slice).changes),
  };
}
