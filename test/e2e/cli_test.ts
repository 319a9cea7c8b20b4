/** The command line as a process against a real server: what it prints, its exit codes, and what it changes. */
import assert from "node:assert/strict";
import { tocsin } from "../cli/cli_process.ts";
import { startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const LABELS = { by: "files" };

function rule(rule_id: string, value: number, labels: object = LABELS) {
  return {
    ...{ rule_id, rule_name: rule_id, trigger_type: "event", labels },
    trigger_spec: { topics: ["metrics"], field: "cpu", op: ">", value },
  };
}

Deno.test("cli: rules, events, alerts, deliveries and a backtest against a real server", async (t) => {
  using data = temporaryDirectory();
  using files = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const url = await server.origin;
  const run = (...args: string[]) => tocsin(args, { url });
  const write = (rules: object[]) =>
    Deno.writeTextFileSync(`${files.path}/rules.json`, JSON.stringify(rules));
  const ids = async () => JSON.parse((await run("rules", "list", "--json")).stdout).map(idOf).sort();

  await t.step("diff shows, apply makes, and applying again changes nothing", async () => {
    write([rule("one", 90), rule("two", 80)]);
    const diff = await run("rules", "diff", files.path);
    assert.deepEqual([diff.code, diff.stdout], [1, "+ one (create)\n+ two (create)\n"], diff.stderr);
    assert.deepEqual(await ids(), []);
    const applied = await run("rules", "apply", files.path);
    assert.deepEqual([applied.code, applied.stderr], [0, ""]);
    const again = await run("rules", "apply", "--json", files.path);
    assert.deepEqual(JSON.parse(again.stdout).map(changeOf), ["unchanged", "unchanged"]);
    assert.deepEqual([(await run("rules", "diff", files.path)).code, await ids()], [0, ["one", "two"]]);
  });

  await t.step("an edit is one line, and a rule that was disabled stays so", async () => {
    assert.equal((await run("rules", "disable", "two")).stdout, "two disabled\n");
    write([rule("one", 95), rule("two", 80)]);
    const { stdout } = await run("rules", "apply", files.path);
    assert.equal(stdout, "~ one (update)\n    ~ /trigger_spec/value: 90 -> 95\n= two (unchanged)\n");
    assert.equal((await run("rules", "enable", "two")).code, 0);
  });

  await t.step("what is exported can be applied and changes nothing", async () => {
    const { stdout } = await run("rules", "export");
    Deno.writeTextFileSync(`${files.path}/rules.json`, "[]");
    Deno.writeTextFileSync(`${files.path}/exported.yaml`, stdout);
    const diff = await run("rules", "diff", files.path);
    assert.deepEqual([diff.code, diff.stdout], [0, ""], diff.stderr);
    Deno.removeSync(`${files.path}/exported.yaml`);
  });

  await t.step("prune deletes what has the label and is in no file, and nothing else", async () => {
    await server.call("POST", "/api/v1/rules", rule("foreign", 1, {}));
    write([rule("one", 95)]);
    const pruned = await run("rules", "apply", "--prune", "--label", "by=files", files.path);
    assert.deepEqual([pruned.code, pruned.stdout], [0, "= one (unchanged)\n- two (delete)\n"], pruned.stderr);
    assert.deepEqual(await ids(), ["foreign", "one"]);
    write([rule("one", 95, {})]);
    const bare = await run("rules", "apply", "--prune", "--label", "by=files", files.path);
    assert.equal(bare.code, 1);
    assert.match(bare.stderr, /the rule "one" lacks the label by: files/);
    write([]);
    const empty = await run("rules", "apply", "--prune", "--label", "by=files", files.path);
    assert.deepEqual([empty.code, empty.stdout], [1, ""]);
    assert.match(empty.stderr, /the files hold no rule/);
    assert.deepEqual(await ids(), ["foreign", "one"]);
  });

  await t.step("events are sent from standard input, tailed, alert, and are acknowledged", async () => {
    const lines = '{"cpu": 99}\n{"cpu": 1}\n';
    const sent = await tocsin(["events", "send", "--topic", "metrics"], { url, stdin: lines });
    assert.deepEqual([sent.code, sent.stdout], [0, "accepted 2, duplicates 0\n"], sent.stderr);
    await server.applied();
    const tail = await run("events", "tail", "--topic", "metrics", "--limit", "1");
    assert.deepEqual(JSON.parse(tail.stdout).event, { cpu: 1 });
    const alerts = JSON.parse((await run("alerts", "list", "--rule", "one", "--json")).stdout);
    assert.equal(alerts.length, 1);
    const acked = await run("alerts", "ack", "--by", "me", alerts[0].alert_id);
    assert.equal(acked.stdout, `${alerts[0].alert_id} acknowledged\n`);
    assert.match(
      (await run("alerts", "list")).stdout,
      /^alert_id +fired_at +severity +status +rule_id +title\n/,
    );
  });

  await t.step("a long file goes in parts, a list by its places; a fault says where to go on", async () => {
    const line = (i: number) => JSON.stringify({ i, text: "x".repeat(100) });
    const lines = Array.from({ length: 25_000 }, (_, i) => line(i));
    const send = (text: string, ...more: string[]) => {
      Deno.writeTextFileSync(`${files.path}/events`, text);
      return run("events", "send", "--topic", "long", ...more, `${files.path}/events`);
    };
    assert.equal((await send(lines.join("\n"))).stdout, "accepted 25000, duplicates 0\n");
    assert.equal((await send(`[${lines.join(",\n")}]`)).stdout, "accepted 25000, duplicates 0\n");
    assert.equal((await send('{\n  "i": 1\n}\n')).stdout, "accepted 1, duplicates 0\n");
    const broken = await send([...lines.slice(0, 20_000), "{", line(1)].join("\n"));
    const told = /events (\d+) to 20002 of [^]*; (\d+) before them were accepted/.exec(broken.stderr);
    const [, from, accepted] = told ?? assert.fail(broken.stderr);
    assert.deepEqual([broken.code, Number(accepted)], [1, Number(from) - 1], broken.stderr);
    const rest = await send(lines.slice(0, 20_000).join("\n"), "--from-line", from!);
    assert.equal(rest.stdout, `accepted ${20_000 - Number(accepted)}, duplicates 0\n`);
  });

  await t.step("a backtest tells how many alerts there would have been", async () => {
    const { code, stdout, stderr } = await run("backtest", "one");
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^\d+ events from \d+ to \d+, 1 alerts\n$/);
  });

  await t.step("redriving asks for what is meant; a refusal is told with its faults", async () => {
    assert.equal((await run("deliveries", "redrive")).code, 2);
    const all = await run("deliveries", "redrive", "--all", "--dry-run");
    assert.deepEqual([all.code, all.stdout], [0, "redriven 0, remaining 0\n"]);
    const unknown = await run("deliveries", "redrive", "dl_none");
    assert.deepEqual([unknown.code, unknown.stdout], [1, "redriven 0, remaining 0\n"]);
    assert.match(unknown.stderr, /unknown or not given up: dl_none/);
    write([{ ...rule("bad", 1), severity: "loud" }]);
    const refused = await run("rules", "apply", files.path);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^tocsin: the server refused it \(400 \w+\): .*\n {2}\/severity: /);
    assert.equal((await run("rules", "enable", "nobody")).code, 1);
    assert.equal((await run("rules", "delete", "foreign")).stdout, "foreign deleted\n");
    assert.equal((await run("rules", "delete", "foreign")).code, 1);
  });

  await t.step("a tail ends with the server, and says so", async () => {
    const tail = run("alerts", "tail");
    const followed = /^tocsin_http_requests_total\{.*alerts\/stream.*\} 1$/m;
    await server.until("followed", async () => followed.test((await server.ask("GET", "/metrics")).text));
    await server.stop();
    const { code, stderr } = await tail;
    assert.deepEqual(
      [code, /server at .* (ended the stream|within its answer)/.test(stderr)],
      [3, true],
      stderr,
    );
  });
});

function idOf({ rule_id }: { rule_id: string }): string {
  return rule_id;
}

function changeOf({ change }: { change: string }): string {
  return change;
}
