/** Which documents name a secret: rules, running or not, definitions, lookup tables and templates of actions. */
import { type Clock, turn } from "../src/base/clock.ts";
import type { Store } from "../src/store/store.ts";

export interface SecretUses {
  rules: string[];
  apis: string[];
  lookups: string[];
  action_templates: string[];
}

/** Rules that are looked at before others get their turn. */
const PAGE = 100;

export async function secretUses(
  name: string,
  { store, clock }: { store: Pick<Store, "rules" | "apis" | "lookups" | "actionTemplates">; clock: Clock },
): Promise<SecretUses> {
  // Also where a script takes it from its `ctx`.
  const naming = new RegExp(`\\bsecrets\\s*(?:\\.\\s*${name}\\b|\\[\\s*\\\\?["']${name}\\\\?["'])`);
  const names = (document: unknown) => naming.test(JSON.stringify(document));
  const rules: string[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: Awaited<ReturnType<Store["rules"]["list"]>> = await store.rules.list({
      limit: PAGE,
      ...(after !== "" && { after }),
    });
    rules.push(...page.items.filter(({ doc }) => names(doc)).map(({ rule_id }) => rule_id));
    after = page.next;
    await turn(clock);
  }
  const named = (documents: readonly { name: string }[]) => documents.filter(names).map((one) => one.name);
  return {
    rules: rules.sort(),
    apis: named(await store.apis.list()),
    lookups: (await store.lookups.list()).filter(({ source }) => names(source)).map((one) => one.name),
    action_templates: named(await store.actionTemplates.list()),
  };
}

/** Each in words: `rule "r1"`. */
export function usersOf({ rules, apis, lookups, action_templates }: SecretUses): string[] {
  const told = (kind: string, names: readonly string[]) => names.map((name) => `${kind} "${name}"`);
  return [
    ...told("rule", rules),
    ...told("API definition", apis),
    ...told("lookup table", lookups),
    ...told("action template", action_templates),
  ];
}
