/**
 * Counts rows as they are born, one write per kind and transaction. Triggers do it for rows that change or
 * go; for births they would cost more than the rows themselves.
 */
import type { Connection } from "./connection.ts";

export interface Tally {
  /** Forgets what a transaction that failed has counted. */
  begin(): void;
  add(kind: string): void;
  /** The last thing in the transaction. */
  save(): void;
}

export function createTally(db: Connection, table: "unacked" | "delivery_count"): Tally {
  const raise = db.prepare(`INSERT INTO ${table} VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n`);
  const born = new Map<string, number>();
  return {
    begin: () => born.clear(),
    add: (kind) => void born.set(kind, (born.get(kind) ?? 0) + 1),
    save() {
      for (const [kind, n] of born) raise.run(kind, n);
    },
  };
}
