/**
 * Follows lookup records, so that a new version of a table counts exactly from its place among the events: live
 * and in a replay, in the common feed and for an actor that catches up by itself (INVARIANTS 4).
 */
import { tablesOf } from "../src/engine/enrich/enrichments.ts";
import { decodeLookupRecord } from "../src/ingest/lookup_record.ts";
import type { LogRecord } from "../src/store/event_log.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { LiveRule } from "./live_rule.ts";
import type { LookupImages } from "./lookup_images.ts";
import type { RuleTable } from "./rule_table.ts";

export class TableFollower {
  readonly #p: { fleet: Fleet; table: RuleTable; images: LookupImages };

  constructor(parts: { fleet: Fleet; table: RuleTable; images: LookupImages }) {
    this.#p = parts;
  }

  /** The router reached a lookup record. */
  async follow(record: LogRecord): Promise<void> {
    const { name, version } = decodeLookupRecord(record.body);
    const readers = () => this.#readers(name, record.first);
    if (readers().length === 0) return;
    const table = await this.#p.images.of(name, version);
    if (table === undefined) return;
    for (const host of new Set(readers().map((live) => live.host))) {
      // Whoever begins anew meanwhile is loaded with what its own place says.
      const handles = readers().filter((live) => live.host === host).map(({ handle }) => handle);
      if (host === null || handles.length === 0) continue;
      // When the host has left the feed, its actors meet the record in the log.
      await this.#p.fleet.control(host, [{ kind: "table", handles, table }], record.first);
    }
  }

  /** Actors of a host that catch up reached a lookup record. */
  async pass(host: Host, rules: readonly LiveRule[], record: LogRecord): Promise<void> {
    const { name, version } = decodeLookupRecord(record.body);
    // One that begins behind the record was loaded with what it says.
    const readers = rules.filter((live) => live.offset <= record.first && reads(live, name))
      .map((live) => ({ live, incarnation: live.incarnation }));
    if (readers.length === 0) return;
    const table = await this.#p.images.of(name, version);
    if (table === undefined) return;
    const handles = readers.filter(({ live, incarnation }) =>
      live.host === host && live.incarnation === incarnation
    ).map(({ live }) => live.handle);
    host.send({ kind: "table", handles, table });
  }

  /** Rules of the common feed that read the table and were loaded before `at`. */
  #readers(name: string, at: number): LiveRule[] {
    return [...this.#p.table.all()].filter((live) => live.joined && live.offset <= at && reads(live, name));
  }
}

function reads({ compiled }: LiveRule, name: string): boolean {
  return tablesOf(compiled.plan).includes(name);
}
