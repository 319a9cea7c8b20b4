/** Routing over SQLite: documents as rows, and the router's turns, one transaction each. */
import type { JsonObject } from "../../base/json.ts";
import type { GroupState, Member, RoutedAlert } from "../../model/alert_group.ts";
import type { Delivery } from "../../model/delivery.ts";
import type { Inhibition } from "../../model/inhibition.ts";
import type { Silence } from "../../model/silence.ts";
import type { RoutingStore, RoutingTurn, StoredRouting } from "../routing_store.ts";
import { VersionConflictError } from "../rule_store.ts";
import type { Connection } from "./connection.ts";
import type { DeliveryBirth } from "./_delivery_birth.ts";

type Desk = Omit<RoutingStore, "inbox" | "groups" | "sources" | "turn">;

export interface SqliteRouting {
  store: RoutingStore;
  /** Inside a transaction. */
  leave(routed: RoutedAlert): void;
}

export function createRoutingStore(db: Connection, births: DeliveryBirth): SqliteRouting {
  const insert = db.prepare("INSERT INTO route_inbox (doc) VALUES (?)");
  return {
    store: { ...createDesk(db), ...createWork(db, births) },
    leave: (routed) => void insert.run(JSON.stringify(routed)),
  };
}

function createDesk(db: Connection): Desk {
  const routing = db.prepare<{ version: number; updated_at: number; doc: string | null }>(
    "SELECT version, updated_at, doc FROM routing WHERE id = 1",
  );
  const save = db.prepare("INSERT OR REPLACE INTO routing VALUES (1, ?, ?, ?)");
  const silences = db.prepare<{ doc: string }>("SELECT doc FROM silence ORDER BY id");
  const putSilence = db.prepare(
    `INSERT INTO silence (silence_id, ends_at, doc) VALUES (?, ?, ?)
     ON CONFLICT (silence_id) DO UPDATE SET ends_at = excluded.ends_at, doc = excluded.doc`,
  );
  const trim = db.prepare("DELETE FROM silence WHERE ends_at < ?");
  const inhibitions = db.prepare<{ doc: string }>("SELECT doc FROM inhibition ORDER BY id");
  const putInhibition = db.prepare(
    `INSERT INTO inhibition (inhibition_id, doc) VALUES (?, ?)
     ON CONFLICT (inhibition_id) DO UPDATE SET doc = excluded.doc`,
  );
  const remove = db.prepare("DELETE FROM inhibition WHERE inhibition_id = ?");
  const read = (): StoredRouting | undefined => {
    const row = routing.get();
    if (row === undefined) return undefined;
    const { doc, ...rest } = row;
    return { ...rest, document: doc === null ? null : JSON.parse(doc) as JsonObject };
  };
  return {
    routing: () => db.read(read),
    saveRouting: ({ version, updated_at, document }) =>
      db.write("full", () => {
        if ((read()?.version ?? 0) !== version - 1) {
          throw new VersionConflictError(
            `Cannot save routes as version ${version}: it is not ${version - 1}`,
          );
        }
        save.run(version, updated_at, document === null ? null : JSON.stringify(document));
      }),
    silences: () => db.read(() => silences.all().map(({ doc }) => JSON.parse(doc) as Silence)),
    putSilences: (all) =>
      db.write("full", () => {
        for (const one of all) putSilence.run(one.silence_id, one.ends_at, JSON.stringify(one));
      }),
    trimSilences: (endedBefore) => db.write("full", () => Number(trim.run(endedBefore).changes)),
    inhibitions: () => db.read(() => inhibitions.all().map(({ doc }) => JSON.parse(doc) as Inhibition)),
    putInhibition: (one) =>
      db.write("full", () => void putInhibition.run(one.inhibition_id, JSON.stringify(one))),
    deleteInhibition: (id) => db.write("full", () => remove.run(id).changes === 1),
  };
}

function createWork(db: Connection, births: DeliveryBirth): Omit<RoutingStore, keyof Desk> {
  const inbox = db.prepare<{ seq: number; doc: string }>(
    "SELECT seq, doc FROM route_inbox ORDER BY seq LIMIT ?",
  );
  const groups = db.prepare<{ doc: string }>("SELECT doc FROM route_group ORDER BY id");
  const sources = db.prepare<{ doc: string }>("SELECT doc FROM route_source ORDER BY id");
  const taken = db.prepare("DELETE FROM route_inbox WHERE seq <= ?");
  const put = (table: string, key: string) =>
    db.prepare(
      `INSERT INTO ${table} (${key}, doc) VALUES (?, ?) ON CONFLICT (${key}) DO UPDATE SET doc = excluded.doc`,
    );
  const [putGroup, putSource] = [put("route_group", "group_key"), put("route_source", "identity")];
  const endGroup = db.prepare("DELETE FROM route_group WHERE group_key = ?");
  const endSource = db.prepare("DELETE FROM route_source WHERE identity = ?");
  const birthOf = db.prepare<{ birth: number }>("SELECT birth FROM alert WHERE alert_id = ?");
  const write = (turn: RoutingTurn): Delivery[] => {
    births.begin();
    taken.run(turn.taken);
    for (const key of turn.ended) endGroup.run(key);
    for (const group of turn.groups) putGroup.run(group.group_key, JSON.stringify(group));
    for (const identity of turn.gone) endSource.run(identity);
    for (const source of turn.sources) putSource.run(source.identity, JSON.stringify(source));
    const born = turn.deliveries.filter((delivery) => {
      const birth = birthOf.get(delivery.alert_id)?.birth;
      return birth !== undefined &&
        births.put(delivery, { birth, owner: turn.owner, leaseUntil: turn.leaseUntil });
    });
    births.save();
    return born;
  };
  return {
    inbox: (limit) =>
      db.read(() => inbox.all(limit).map(({ seq, doc }) => ({ seq, ...JSON.parse(doc) as RoutedAlert }))),
    groups: () => db.read(() => groups.all().map(({ doc }) => JSON.parse(doc) as GroupState)),
    sources: () => db.read(() => sources.all().map(({ doc }) => JSON.parse(doc) as Member)),
    turn: (turn) =>
      db.read(() => {
        const born = db.transact("normal", () => write(turn));
        births.settle();
        return born;
      }),
  };
}
