/** The receiving end of a webhook: a small HTTP server on a free loopback port that hands over what it gets. */

/** A notification in the webhook channel's `standard` format, with the members that the demo shows. */
export interface Notification {
  /** The same on every attempt: receivers drop repeats by it. */
  webhookId: string;
  type: string;
  data: { alert_id: string; rule_name: string; severity: string; title: string; message: string };
}

export interface Receiver extends AsyncDisposable {
  url: string;
  received: readonly Notification[];
}

/** Listens at once; disposing closes it. */
export function openReceiver(onNotification: (notification: Notification) => void): Receiver {
  const received: Notification[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { type, data }: Pick<Notification, "type" | "data"> = await request.json();
    const notification = { webhookId: request.headers.get("webhook-id") ?? "", type, data };
    received.push(notification);
    onNotification(notification);
    return new Response("thank you");
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/alerts`,
    received,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
