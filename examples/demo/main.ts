/**
 * `deno task demo`: Tocsin on real input, in under 30 s. Starts a server, watches this machine's own counters,
 * makes some load so that a rule fires, receives the webhook and prints what happened. Exits with 1 if the alert
 * did not arrive.
 */
import { sleep, systemClock as clock } from "../../src/base/clock.ts";
import { type Machine, type MachineEvent, openMachine } from "./machine.ts";
import { type Notification, openReceiver, type Receiver } from "./receiver.ts";
import { BUSY_RULE_NAME, demoRules } from "./rules.ts";
import { type DemoServer, startServer } from "./server.ts";

const CALM_SAMPLES = 4;
const BUSY_SAMPLES_MAX = 10;
const SAMPLE_MS = 1000;

const began = clock.monotonic();

function say(line: string): void {
  console.log(`${((clock.monotonic() - began) / 1000).toFixed(1).padStart(5)} s  ${line}`);
}

/** Takes one sample, a second after the one before, and posts it. */
async function postSample(server: DemoServer, machine: Machine): Promise<MachineEvent> {
  await sleep(clock, SAMPLE_MS);
  const event = await machine.sample();
  const answer = await server.call<{ last_offset: number }>("POST", "/api/v1/events?topic=machine", event);
  const { event_type: _type, source: _source, timestamp: _time, ...counters } = event;
  say(`event ${answer.last_offset}  ${JSON.stringify(counters)}`);
  return event;
}

async function makeRules(
  server: DemoServer,
  { idle, receiver }: { idle: MachineEvent[]; receiver: Receiver },
) {
  const config = { url: receiver.url };
  await server.call("POST", "/api/v1/channels", { name: "demo-receiver", type: "webhook", config });
  say(`channel demo-receiver: webhook to ${receiver.url}`);
  const idleCpuPercent = idle.reduce((sum, { cpu_percent }) => sum + cpu_percent, 0) / idle.length;
  const cores = idle[0]!.cores;
  for (const rule of demoRules({ channel: "demo-receiver", idleCpuPercent, cores })) {
    await server.call("POST", "/api/v1/rules", rule);
    say(`rule "${rule.rule_name}": ${JSON.stringify(rule.trigger_spec.conditions)}`);
  }
}

function makeLoad(workers: number): void {
  for (let i = 0; i < workers; i++) {
    const worker = new Worker(new URL("./load_worker.ts", import.meta.url), { type: "module" });
    worker.postMessage(BUSY_SAMPLES_MAX * SAMPLE_MS);
  }
  say(`load: ${workers} cores kept busy`);
}

function sayNotification({ type, data, webhookId }: Notification): void {
  say(`webhook  ${type} [${data.severity}] ${data.title}: ${data.message} (delivery ${webhookId})`);
}

/** What the server itself tells about the alert and its way. */
async function sayOutcome(server: DemoServer, notification: Notification): Promise<void> {
  const id = notification.data.alert_id;
  const alert = await server.call<{ status: string; event_time: string }>("GET", `/api/v1/alerts/${id}`);
  say(`alert ${id}: ${alert.status}, caused by the event of ${alert.event_time}`);
  const path = `/api/v1/deliveries/${encodeURIComponent(notification.webhookId)}`;
  const delivery = await server.call<{ state: string; attempts: { duration_ms: number }[] }>("GET", path);
  say(`delivery: ${delivery.state}, attempts ${JSON.stringify(delivery.attempts)}`);
}

async function demo(): Promise<boolean> {
  await using receiver = openReceiver(sayNotification);
  await using server = await startServer(clock);
  say(`server ready at ${server.url}`);
  const machine = await openMachine(clock);
  for (const counter of machine.missing) say(`not on this machine: ${counter}`);
  const idle: MachineEvent[] = [];
  while (idle.length < CALM_SAMPLES) idle.push(await postSample(server, machine));
  await makeRules(server, { idle, receiver });
  makeLoad(idle[0]!.cores);
  const arrived = () => receiver.received.find(({ data }) => data.rule_name === BUSY_RULE_NAME);
  for (let i = 0; i < BUSY_SAMPLES_MAX && !arrived(); i++) await postSample(server, machine);
  // An alert of the very last sample may still be on its way.
  if (!arrived()) await sleep(clock, SAMPLE_MS);
  const notification = arrived();
  if (notification) await sayOutcome(server, notification);
  return notification !== undefined;
}

const fired = await demo();
say(fired ? "done: the alert arrived" : `failed: no alert of "${BUSY_RULE_NAME}" arrived`);
Deno.exit(fired ? 0 : 1);
