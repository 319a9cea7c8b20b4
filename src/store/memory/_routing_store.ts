/** Routing in memory. */
import type { GroupState, Member, RoutedAlert } from "../../model/alert_group.ts";
import type { Inhibition } from "../../model/inhibition.ts";
import type { Silence } from "../../model/silence.ts";
import type { InboxRow, RoutingStore, StoredRouting } from "../routing_store.ts";
import { VersionConflictError } from "../rule_store.ts";
import type { MemoryOutbox } from "./_outbox.ts";

export interface MemoryRouting extends RoutingStore {
  leave(routed: RoutedAlert): void;
}

export function createRoutingStore(outbox: MemoryOutbox, hasAlert: (id: string) => boolean): MemoryRouting {
  const silences = new Map<string, Silence>();
  const inhibitions = new Map<string, Inhibition>();
  const groups = new Map<string, GroupState>();
  const sources = new Map<string, Member>();
  let routing: StoredRouting | undefined;
  let inbox: InboxRow[] = [];
  let seq = 0;
  const copies = <T>(map: ReadonlyMap<string, T>) => Promise.resolve(structuredClone([...map.values()]));
  return {
    leave: (routed) => void inbox.push({ seq: ++seq, ...structuredClone(routed) }),
    routing: () => Promise.resolve(structuredClone(routing)),
    saveRouting: (next) => {
      if ((routing?.version ?? 0) !== next.version - 1) {
        const message = `Cannot save routes as version ${next.version}: it is not ${next.version - 1}`;
        return Promise.reject(new VersionConflictError(message));
      }
      routing = structuredClone(next);
      return Promise.resolve();
    },
    silences: () => copies(silences),
    putSilences: (all) => {
      for (const one of all) silences.set(one.silence_id, structuredClone(one));
      return Promise.resolve();
    },
    trimSilences: (endedBefore) => {
      const over = [...silences.values()].filter((one) => one.ends_at < endedBefore);
      for (const { silence_id } of over) silences.delete(silence_id);
      return Promise.resolve(over.length);
    },
    inhibitions: () => copies(inhibitions),
    putInhibition: (one) => {
      inhibitions.set(one.inhibition_id, structuredClone(one));
      return Promise.resolve();
    },
    deleteInhibition: (id) => Promise.resolve(inhibitions.delete(id)),
    inbox: (limit) => Promise.resolve(structuredClone(inbox.slice(0, limit))),
    groups: () => copies(groups),
    sources: () => copies(sources),
    turn: (turn) => {
      inbox = inbox.filter((row) => row.seq > turn.taken);
      for (const key of turn.ended) groups.delete(key);
      for (const group of turn.groups) groups.set(group.group_key, structuredClone(group));
      for (const identity of turn.gone) sources.delete(identity);
      for (const source of turn.sources) sources.set(source.identity, structuredClone(source));
      const stored = turn.deliveries.filter((delivery) => hasAlert(delivery.alert_id));
      return Promise.resolve(stored.filter((delivery) => outbox.bear(delivery, turn)));
    },
  };
}
