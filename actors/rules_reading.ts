/** Which rules read a lookup table, running or not: one that is switched on again must find it. */
import { type Clock, turn } from "../src/base/clock.ts";
import { tablesOf } from "../src/engine/enrich/enrichments.ts";
import type { Store } from "../src/store/store.ts";
import { planOf } from "./rule_document.ts";

/** Rules that are looked at before others get their turn. */
const PAGE = 100;

export async function rulesReading(
  table: string,
  { store, clock }: { store: Store; clock: Clock },
): Promise<string[]> {
  const reading: string[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: Awaited<ReturnType<Store["rules"]["list"]>> = await store.rules.list({
      limit: PAGE,
      ...(after !== "" && { after }),
    });
    for (const row of page.items) {
      // Compiling each would take long, and by far most look nothing up.
      if (!JSON.stringify(row.doc).includes("enrichments")) continue;
      const plan = planOf(row);
      if (plan !== null && tablesOf(plan).includes(table)) reading.push(row.rule_id);
    }
    after = page.next;
    await turn(clock);
  }
  return reading.sort();
}
