/**
 * A store of one's own: any store, with a line in a file for each save of a rule. A store over another engine
 * implements the same interfaces (src/store); test/store/store_suite.ts holds all of them to the same promises. In
 * main.ts#openStore it stands around what is opened there.
 */
import type { RuleStore } from "../../src/store/rule_store.ts";
import type { Store } from "../../src/store/store.ts";

/** @param line takes one line of JSON for each save that was committed */
export function auditedStore(store: Store, line: (text: string) => void): Store {
  const save: RuleStore["save"] = async (draft, record, replies) => {
    const row = await store.rules.save(draft, record, replies);
    const { rule_id, version, change, updated_at } = row;
    line(JSON.stringify({ rule_id, version, change, at: updated_at }));
    return row;
  };
  // Everything else is the store's own, what it computes when it is asked too.
  const rules: RuleStore = Object.assign(Object.create(store.rules), { save });
  return Object.assign(Object.create(store), { rules });
}
