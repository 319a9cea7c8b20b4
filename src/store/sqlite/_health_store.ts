/** Strikes, parked events and quarantines over SQLite: all durable, since replay depends on them. */
import type { HealthStore, Poison, Quarantine } from "../health_store.ts";
import type { Connection } from "./connection.ts";

export function createHealthStore(db: Connection): HealthStore {
  const strike = db.prepare<{ n: number }>(
    "INSERT INTO strike VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n",
  );
  const park = db.prepare(
    `INSERT INTO poison (rule_id, log_offset, at, error) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET at = excluded.at, error = excluded.error`,
  );
  const poison = db.prepare<Poison>(
    `SELECT rule_id, log_offset AS offset, error, at FROM poison WHERE rule_id = ? ORDER BY log_offset`,
  );
  const quarantine = db.prepare(
    `INSERT INTO quarantine (rule_id, log_offset, at, reason) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET log_offset = excluded.log_offset, at = excluded.at, reason = excluded.reason`,
  );
  const quarantined = db.prepare<Quarantine>(
    "SELECT rule_id, reason, log_offset AS offset, at FROM quarantine ORDER BY at, rule_id",
  );
  const release = db.prepare("DELETE FROM quarantine WHERE rule_id = ?");
  const forgetStrikes = db.prepare("DELETE FROM strike WHERE rule_id = ?");
  const unpark = db.prepare("DELETE FROM poison WHERE rule_id = ? AND log_offset = ?");
  const parked = db.prepare<{ n: number }>("SELECT count(*) AS n FROM poison");
  const forgetPoison = db.prepare("DELETE FROM poison WHERE rule_id = ?");

  return {
    strike: (ruleId, offset) => db.write("full", () => strike.get(ruleId, offset)!.n),
    park: (p) => db.write("full", () => void park.run(p.rule_id, p.offset, p.at, p.error)),
    poison: (ruleId) => db.read(() => poison.all(ruleId).map((row) => ({ ...row }))),
    unpark: (ruleId, offsets) =>
      db.write("full", () => {
        forgetStrikes.run(ruleId);
        for (const offset of offsets) unpark.run(ruleId, offset);
      }),
    parked: () => db.read(() => parked.get()?.n ?? 0),
    quarantine: (q) => db.write("full", () => void quarantine.run(q.rule_id, q.offset, q.at, q.reason)),
    release: (ruleId) => db.write("full", () => void release.run(ruleId)),
    quarantined: () => db.read(() => quarantined.all().map((row) => ({ ...row }))),
    forget: (ruleId) =>
      db.write("full", () => {
        for (const statement of [release, forgetStrikes, forgetPoison]) statement.run(ruleId);
      }),
  };
}
