/**
 * A receiver of webhooks on loopback. It checks the signature of each by its own reading of the Standard
 * Webhooks specification, notes what came, and can be told to refuse some.
 */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";

export interface Webhook {
  /** The header webhook-id. */
  id: string;
  type: string;
  alert_id: string;
  rule_id: string;
  /** Whether Idempotency-Key says the same id and the signature is right. */
  sound: boolean;
}

export interface WebhookReceiver extends AsyncDisposable {
  url: string;
  received: readonly Webhook[];
  /** Ids of the alerts that came, each with the webhook ids under which it did. */
  alerts: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface ReceiverOptions {
  /** Standard Webhooks secret, "whsec_" and base64. */
  secret: string;
  /** Whether to answer 500, by the number of this request from 0. */
  refuses?: (index: number) => boolean;
}

export function openWebhookReceiver({ secret, refuses = () => false }: ReceiverOptions): WebhookReceiver {
  const received: Webhook[] = [];
  const alerts = new Map<string, Set<string>>();
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    let body: string;
    try {
      body = await request.text();
    } catch {
      return new Response(null, { status: 400 }); // The sender was killed.
    }
    if (refuses(requests++)) return new Response(null, { status: 500 });
    const webhook = readWebhook(request.headers, body, secret);
    received.push(webhook);
    const ids = alerts.get(webhook.alert_id) ?? new Set();
    alerts.set(webhook.alert_id, ids.add(webhook.id));
    return new Response(null, { status: 204 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/hook`,
    received,
    alerts,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function readWebhook(headers: Headers, body: string, secret: string): Webhook {
  const id = headers.get("webhook-id") ?? "";
  const signed = `${id}.${headers.get("webhook-timestamp")}.${body}`;
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  const { type, data } = JSON.parse(body);
  return {
    id,
    type,
    alert_id: data.alert_id,
    rule_id: data.rule_id,
    sound: headers.get("webhook-signature") === signature && headers.get("idempotency-key") === id,
  };
}
