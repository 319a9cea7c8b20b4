/** Rules and their versions over SQLite. A version and its log record are one transaction. */
import type { JsonObject } from "../../base/json.ts";
import {
  type RuleChange,
  type RuleQuery,
  type RuleStore,
  type RuleVersion,
  type RuleVersionDraft,
  VersionConflictError,
} from "../rule_store.ts";
import { foldCase, ruleFacets } from "../rule_facets.ts";
import type { Connection, SqlValue } from "./connection.ts";
import type { LogWriter } from "./_log_writer.ts";

interface Row {
  rule_id: string;
  version: number;
  generation: number;
  from_offset: number;
  change: RuleChange;
  active: number;
  created_at: number;
  updated_at: number;
  doc: string;
}

const VERSION = `SELECT v.rule_id, v.version, v.generation, v.from_offset, v.change, v.active, v.created_at,
  v.updated_at, v.doc FROM rule_version v`;
const NEWEST = `${VERSION} JOIN rule r ON r.rule_id = v.rule_id AND r.version = v.version`;

export function createRuleStore(db: Connection, writer: LogWriter): RuleStore {
  const saveRow = prepareSave(db);
  const latest = db.prepare<Row>(`${NEWEST} WHERE r.rule_id = ?`);
  const live = db.prepare<Row>(`${NEWEST} WHERE r.rule_id = ? AND r.deleted = 0`);
  const versions = db.prepare<Row>(`${VERSION} WHERE v.rule_id = ? ORDER BY v.version`);
  const active = db.prepare<Row>(`${NEWEST} WHERE r.active = 1 AND r.deleted = 0 ORDER BY r.born`);
  const born = db.prepare<{ born: number }>("SELECT born FROM rule WHERE rule_id = ?");
  const count = db.prepare<{ total: number; active: number }>(
    "SELECT count(*) AS total, coalesce(sum(active), 0) AS active FROM rule WHERE deleted = 0",
  );

  const requireNext = (draft: RuleVersionDraft) => {
    const newest = latest.get(draft.rule_id)?.version ?? 0;
    if (newest === draft.version - 1) return;
    throw new VersionConflictError(
      `Cannot save rule "${draft.rule_id}" as version ${draft.version}: its newest version is ${newest}`,
    );
  };

  return {
    save: (draft, record, replies = []) =>
      db.read(() => {
        const written = db.transact("full", () => {
          requireNext(draft);
          const written = writer.write([record], replies);
          saveRow(draft, written.firsts[0]!);
          return written;
        });
        writer.settle(written);
        writer.publish(written.head.next);
        return structuredClone({ ...draft, from_offset: written.firsts[0]! });
      }),
    get: (ruleId) => db.read(() => versionOf(live.get(ruleId))),
    latest: (ruleId) => db.read(() => versionOf(latest.get(ruleId))),
    list: (query) =>
      db.read(() => {
        const { where, values } = filter(query);
        const sql = `${NEWEST} WHERE ${where} ORDER BY r.born DESC LIMIT ?`;
        const rows = db.prepare<Row>(sql).all(...values, query.limit + 1);
        const items = rows.slice(0, query.limit).map((row) => versionOf(row));
        const last = rows.length > query.limit ? items.at(-1) : undefined;
        return { items, next: last === undefined ? null : String(born.get(last.rule_id)!.born) };
      }),
    versions: (ruleId) => db.read(() => versions.all(ruleId).map((row) => versionOf(row))),
    active: () => db.read(() => active.all().map((row) => versionOf(row))),
    count: () => db.read(() => ({ total: 0, active: 0, ...count.get() })),
  };
}

function prepareSave(db: Connection): (draft: RuleVersionDraft, offset: number) => void {
  const insert = db.prepare("INSERT INTO rule_version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const upsert = db.prepare(
    `INSERT INTO rule VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET
       version = ?2, active = ?4, deleted = ?5, trigger_type = ?6, severity = ?7, name = ?8, tags = ?9,
       born = CASE WHEN ?10 THEN ?3 ELSE born END`,
  );
  return (draft, offset) => {
    const { rule_id, version, generation, change, created_at, updated_at } = draft;
    const facets = ruleFacets(draft.doc);
    const active = Number(draft.active);
    insert.run(
      ...[rule_id, version, generation, offset, change, active, created_at, updated_at],
      JSON.stringify(draft.doc),
    );
    upsert.run(
      ...[rule_id, version, offset, active, Number(change === "deleted")],
      ...[facets.trigger_type, facets.severity, facets.name, JSON.stringify(facets.tags)],
      Number(change === "created"),
    );
  };
}

function filter(query: RuleQuery): { where: string; values: SqlValue[] } {
  const terms: [string, SqlValue | undefined][] = [
    ["r.trigger_type = ?", query.trigger_type],
    ["r.severity = ?", query.severity],
    ["r.active = ?", query.active === undefined ? undefined : Number(query.active)],
    ["EXISTS (SELECT 1 FROM json_each(r.tags) WHERE value = ?)", query.tag],
    ["instr(r.name, ?) > 0", query.search === undefined ? undefined : foldCase(query.search)],
    ["r.born < ?", query.after === undefined ? undefined : Number(query.after)],
  ];
  const used = terms.filter(([, value]) => value !== undefined);
  return {
    where: ["r.deleted = 0", ...used.map(([sql]) => sql)].join(" AND "),
    values: used.map(([, value]) => value!),
  };
}

function versionOf(row: Row): RuleVersion;
function versionOf(row: Row | undefined): RuleVersion | undefined;
function versionOf(row: Row | undefined): RuleVersion | undefined {
  if (row === undefined) return undefined;
  return { ...row, active: row.active === 1, doc: JSON.parse(row.doc) as JsonObject };
}
