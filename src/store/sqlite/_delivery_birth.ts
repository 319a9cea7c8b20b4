/** Deliveries are born beside their alert, leased to the process that commits it (INVARIANTS 20). */
import type { Delivery } from "../../model/delivery.ts";
import type { Connection } from "./connection.ts";
import type { Sequence } from "./_marks.ts";
import { createTally } from "./_tally.ts";

export interface Origin {
  /** Of its alert. */
  birth: number;
  owner: string;
  leaseUntil: number;
  /** Leased though it goes in order. */
  inOrder?: boolean;
}

export interface DeliveryBirth {
  /** The first thing in a transaction that bears. */
  begin(): void;
  /** False when its id exists: that one is left as it is. */
  put(delivery: Delivery, origin: Origin): boolean;
  /** The last thing in it. */
  save(): void;
  /** Once its commit has returned. */
  settle(): void;
}

export function createDeliveryBirth(db: Connection, seq: Sequence): DeliveryBirth {
  const states = createTally(db, "delivery_count");
  const insert = db.prepare(
    `INSERT INTO delivery (seq, birth, delivery_id, alert_id, revision, rule_id, channel_id, kind, state, retries,
       created_at, expires_at, next_attempt_at, reason, lease_owner, lease_until, order_key, suppressed_by, group_doc,
       fallback, action, texts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (delivery_id) DO NOTHING`,
  );
  const members = db.prepare(
    `INSERT OR IGNORE INTO delivery_member SELECT a.birth, d.seq FROM delivery d
     JOIN json_each(d.group_doc, '$.alerts') j JOIN alert a ON a.alert_id = j.value ->> '$.alert_id'
     WHERE d.delivery_id = ?`,
  );
  return {
    begin() {
      seq.begin();
      states.begin();
    },
    put(d, { birth, owner, leaseUntil, inOrder = false }) {
      // What goes in order is claimed in order, also by this process.
      const lease = d.order_key === undefined || inOrder ? [owner, leaseUntil] : [null, null];
      const inserted = insert.run(
        ...[
          seq.upcoming,
          birth,
          d.delivery_id,
          d.alert_id,
          d.revision,
          d.rule_id,
          d.channel_id,
          d.kind,
          d.state,
          d.retries,
        ],
        ...[d.created_at, d.expires_at, d.next_attempt_at, d.reason, ...lease, d.order_key ?? null],
        ...[jsonOf(d.suppressed_by), jsonOf(d.group), jsonOf(d.fallback), d.action ?? null, jsonOf(d.texts)],
      );
      if (inserted.changes !== 1) return false;
      if (d.group !== undefined) members.run(d.delivery_id);
      seq.take();
      states.add(d.state);
      return true;
    },
    save() {
      seq.save();
      states.save();
    },
    settle: () => seq.settle(),
  };
}

function jsonOf(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
