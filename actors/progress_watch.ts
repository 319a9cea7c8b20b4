/** Waiting until rules have applied what the log holds. */
import { assert } from "../src/base/assert.ts";
import type { Router } from "../src/ingest/router.ts";
import type { EffectWriter } from "./effect_writer.ts";
import type { Hosts } from "./hosts.ts";
import type { RuleTable } from "./rule_table.ts";

export interface ProgressWatchParts {
  table: RuleTable;
  hosts: Hosts;
  writer: EffectWriter;
  router(): Router;
}

export class ProgressWatch {
  readonly #p: ProgressWatchParts;
  readonly #waiting = new Set<() => void>();

  constructor(parts: ProgressWatchParts) {
    this.#p = parts;
  }

  /** Resolves when every rule that runs has durably applied everything below `offset`. */
  applied(offset: number): Promise<void> {
    assert(Number.isSafeInteger(offset), "offsets are integers");
    if (this.isApplied(offset)) return Promise.resolve();
    for (const host of this.#p.hosts.all()) host.send({ kind: "report", at: offset });
    return new Promise((resolve) => {
      const look = () => {
        if (!this.isApplied(offset)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  /**
   * Asks hosts for news that they would tell only later: whoever looks at figures now sees them move at the
   * next look.
   */
  refresh(): void {
    const { hosts, writer, router } = this.#p;
    const at = router().cursor;
    for (const host of hosts.all()) {
      if (host.attached && writer.committed(host) < at && host.untaken === 0) {
        host.send({ kind: "report", at });
      }
    }
  }

  isApplied(offset: number): boolean {
    const { table, writer, router } = this.#p;
    if (router().cursor < offset) return false;
    for (const live of table.all()) {
      if (live.status !== "running" || live.host === null) return false;
      if (Math.max(writer.committed(live.host), live.offset) < offset) return false;
    }
    return true;
  }

  /** A floor, a rule, the set of rules or the router has moved. */
  changed(): void {
    for (const look of this.#waiting) look();
  }
}
