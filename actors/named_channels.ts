/** Which rules name a channel. */
import { type Clock, turn } from "../src/base/clock.ts";
import { namedChannels } from "../src/model/action/written_actions.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Store } from "../src/store/store.ts";

/** Rules that are looked at before others get their turn. */
const PAGE = 200;

/** Ids of active rules that name this one channel by its id or name, and not merely by its type. */
export function rulesNaming(channel: Channel, parts: { store: Store; clock: Clock }): Promise<string[]> {
  const name = channel.name.toLowerCase();
  const means = (wanted: string) => wanted === channel.channel_id || wanted.toLowerCase() === name;
  return rulesWhose((spec) => namedChannels(spec).some(means), parts);
}

/** Ids of active rules whose action_spec is as asked. */
export async function rulesWhose(
  isMeant: (actionSpec: unknown) => boolean,
  { store, clock }: { store: Store; clock: Clock },
): Promise<string[]> {
  const naming: string[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: Awaited<ReturnType<Store["rules"]["list"]>> = await store.rules.list({
      active: true,
      limit: PAGE,
      ...(after !== "" && { after }),
    });
    for (const { rule_id, doc } of page.items) {
      if (isMeant(doc.action_spec)) naming.push(rule_id);
    }
    after = page.next;
    await turn(clock);
  }
  return naming.sort();
}
