/**
 * What every store promises, as tests: run over each implementation. A claim gets a fresh store, which is
 * closed after it.
 */
import type { Store } from "../../src/store/store.ts";
import { alertClaims } from "./alert_claims.ts";
import { execClaims } from "./exec_claims.ts";
import { figureClaims } from "./figure_claims.ts";
import { logClaims } from "./log_claims.ts";
import { lookupClaims } from "./lookup_claims.ts";
import { outboxClaims } from "./outbox_claims.ts";
import { progressClaims } from "./progress_claims.ts";
import { roomClaims } from "./room_claims.ts";
import { routingClaims } from "./routing_claims.ts";
import { ruleClaims } from "./rule_claims.ts";
import { secretClaims } from "./secret_claims.ts";
import { snapshotClaims } from "./snapshot_claims.ts";
import { templateClaims } from "./template_claims.ts";

/** Declares one claim as a test. */
export type Claim = (name: string, body: (store: Store) => Promise<void>) => void;

/** Declares all claims over the stores that `open` makes. */
export function storeSuite(implementation: string, open: () => Promise<Store>): void {
  const claim: Claim = (name, body) =>
    Deno.test(`${implementation} store: ${name}`, async () => {
      await using store = await open();
      await body(store);
    });
  const rooms = [
    logClaims,
    ruleClaims,
    lookupClaims,
    progressClaims,
    alertClaims,
    snapshotClaims,
    outboxClaims,
    roomClaims,
    routingClaims,
    templateClaims,
    execClaims,
    figureClaims,
    secretClaims,
  ];
  for (const claims of rooms) claims(claim);
}
