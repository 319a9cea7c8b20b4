/**
 * What routes need to outlive a restart: the routing document, silences, inhibitions, the inbox of alerts
 * that routes have not taken yet, the groups with their timers and what their channels were told.
 *
 * Promises: a turn of the router is one transaction. What it took from the inbox, what its groups became and
 * the deliveries of its flushes are written together or not at all, so that a restart neither doubles nor
 * forgets a notification. Documents are durable when the promise resolves; turns, like effects, at normal
 * durability.
 */
import type { GroupState, Member, RoutedAlert } from "../model/alert_group.ts";
import type { Delivery } from "../model/delivery.ts";
import type { Inhibition } from "../model/inhibition.ts";
import type { JsonObject } from "../base/json.ts";
import type { Silence } from "../model/silence.ts";

/** The routing document as written. */
export interface StoredRouting {
  version: number;
  /** ms since the epoch */
  updated_at: number;
  /** null: there are no routes. */
  document: JsonObject | null;
}

export interface InboxRow extends RoutedAlert {
  seq: number;
}

export interface RoutingTurn {
  /** Rows of the inbox up to this number are done. */
  taken: number;
  /** Opened or changed. */
  groups: readonly GroupState[];
  /** Keys of groups that ended. */
  ended: readonly string[];
  /** Alerts that inhibitions look at, renewed. */
  sources: readonly Member[];
  /** Identities of those that are over. */
  gone: readonly string[];
  /** A delivery whose id exists is left as it is; one whose alert is not stored any more is left out. */
  deliveries: readonly Delivery[];
  owner: string;
  leaseUntil: number;
}

export interface RoutingStore {
  routing(): Promise<StoredRouting | undefined>;
  /** Replaces the one whose version is `version` - 1. @throws VersionConflictError */
  saveRouting(routing: StoredRouting): Promise<void>;
  /** By creation. */
  silences(): Promise<Silence[]>;
  /** Writes all, new or not, in one transaction. */
  putSilences(silences: readonly Silence[]): Promise<void>;
  /** Deletes silences that ended before `endedBefore`; answers how many. */
  trimSilences(endedBefore: number): Promise<number>;
  /** By creation. */
  inhibitions(): Promise<Inhibition[]>;
  putInhibition(inhibition: Inhibition): Promise<void>;
  /** False when there was none. */
  deleteInhibition(inhibitionId: string): Promise<boolean>;
  /** The oldest first. */
  inbox(limit: number): Promise<InboxRow[]>;
  groups(): Promise<GroupState[]>;
  sources(): Promise<Member[]>;
  /** One turn; answers the deliveries that were new. */
  turn(turn: RoutingTurn): Promise<Delivery[]>;
}
