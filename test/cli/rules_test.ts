/** `tocsin rules` without a server: what rule files say, and their tests. */
import assert from "node:assert/strict";
import { temporaryDirectory } from "../e2e/temporary_directory.ts";
import { tocsin } from "./cli_process.ts";

const RULE = `rule_id: hot
rule_name: Hot
trigger_type: event
trigger_spec: {topics: [metrics], group_by: [host], field: cpu, op: ">", value: 90}
cooldown: 10m
tests:
  - name: one alert a key within the cooldown
    events:
      - {at: 0s, host: a, cpu: 95}
      - {at: 5m, host: a, cpu: 99}
      - {at: 6m, host: b, cpu: 91}
      - {at: "2026-01-01T00:20:00Z", host: a, cpu: 93}
    expect:
      count: 3
      alerts: [{key: {host: a}, event_time: "2026-01-01T00:00:00.000Z"}]
`;

function filed(text: string) {
  const folder = temporaryDirectory();
  const file = `${folder.path}/rule.yaml`;
  Deno.writeTextFileSync(file, text);
  return { file, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

Deno.test("cli rules test: a rule file that keeps its word passes, without a server", async () => {
  using rule = filed(RULE);
  const { code, stdout, stderr } = await tocsin(["rules", "test", rule.file]);
  assert.deepEqual([code, stderr], [0, ""], stdout);
  assert.equal(stdout, "ok   hot: one alert a key within the cooldown\n1 passed, 0 failed\n");
});

Deno.test("cli rules test: what differs is told by place, and the exit code is 1", async () => {
  using rule = filed(
    RULE.replace("count: 3", "count: 2").replace("key: {host: a}, event", "key: {host: b}, event"),
  );
  const { code, stdout } = await tocsin(["rules", "test", rule.file]);
  assert.equal(code, 1);
  assert.match(stdout, /FAIL hot: one alert a key/);
  assert.match(stdout, /alerts: expected 2, got 3/);
  assert.match(stdout, /alerts\/0\/key\/host: expected "b", got "a"/);
  const json = await tocsin(["rules", "test", "--json", rule.file]);
  assert.deepEqual(JSON.parse(json.stdout).map((one: { passed: boolean }) => one.passed), [false]);
});

Deno.test("cli rules test: a rule that is refused, and files without tests, are failures", async () => {
  using refused = filed(RULE.replace("cooldown: 10m", "cooldown: soon"));
  const told = await tocsin(["rules", "test", refused.file]);
  assert.equal(told.code, 1);
  assert.match(told.stdout, /the rule is refused\n +\/cooldown: /);
  using bare = filed(RULE.slice(0, RULE.indexOf("tests:")));
  const none = await tocsin(["rules", "test", bare.file]);
  assert.deepEqual([none.code, none.stdout], [1, "0 passed, 0 failed\nno rule in these files has tests\n"]);
  using untested = filed(RULE.slice(0, RULE.indexOf("tests:")).replace("10m", "soon"));
  assert.match(
    (await tocsin(["rules", "test", untested.file])).stdout,
    /the rule is refused\n +\/cooldown: /,
  );
});

Deno.test("cli rules test: a byte order mark is no part of a rule", async () => {
  using rule = filed(`\uFEFF${RULE}`);
  const { code, stderr } = await tocsin(["rules", "test", rule.file]);
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("cli: what cannot be read is told with the nearest name, and the exit code is 2", async () => {
  using odd = filed(RULE.replace("expect:", "expects:"));
  using broken = filed("rule_id: [");
  using alias = filed("rule_id: a\ntags: *nothing\n");
  const cases: [args: string[], message: RegExp][] = [
    [["rules", "test", odd.file], /test "one alert[^]*unknown member "expects": did you mean "expect"\?/],
    [["rules", "test", broken.file], /cannot read .*rule\.yaml as YAML: /],
    [["rules", "test", alias.file], /cannot read .*rule\.yaml as YAML: .*nothing/],
    [["rules", "test", "no-such-file.yaml"], /cannot read no-such-file\.yaml: /],
    [["rules", "aply", "x"], /unknown command "rules aply": did you mean "rules apply"\?/],
    [["rules"], /expected one of: rules apply, rules diff, /],
    [["rules", "list", "--colour"], /--colour/],
    [["rules", "apply", "--prune", odd.file], /--prune needs --label name=value/],
    [["rules", "list", "--url", "nowhere"], /cannot use "nowhere" as --url/],
    [["completions", "tcsh"], /expected one of bash, zsh, fish/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await tocsin(args);
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, message);
  }
});

Deno.test("cli: a server that is not there is exit code 3", async () => {
  const { code, stdout, stderr } = await tocsin(["rules", "list"]);
  assert.deepEqual([code, stdout], [3, ""]);
  assert.match(stderr, /^tocsin: cannot reach the server at http:\/\/127\.0\.0\.1:1: is it running\?\n$/);
});

Deno.test("cli: every command has a help, and completions name every command", async () => {
  assert.match((await tocsin(["--version"])).stdout, /^tocsin \d+\.\d+\.\d+\n$/);
  const { code, stdout } = await tocsin(["--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /rules apply .*\n/);
  const help = await tocsin(["rules", "apply", "--help"]);
  assert.match(help.stdout, /^Usage: tocsin rules apply \[--dry-run\]/);
  for (const shell of ["bash", "zsh", "fish"]) {
    const script = await tocsin(["completions", shell]);
    assert.equal(script.code, 0);
    for (const word of ["rules", "redrive", "backtest", "import", "--prune"]) {
      assert(script.stdout.includes(word.replace("--prune", "prune")), `${shell} lacks ${word}`);
    }
  }
  const bash = await tocsin(["completions", "bash"]);
  using folder = temporaryDirectory();
  Deno.writeTextFileSync(`${folder.path}/tocsin.bash`, bash.stdout);
  // Where there is no bash, nobody completes with it.
  const parse = 'command -v bash >/dev/null || exit 0; exec bash -n "$0"';
  const command = new Deno.Command("/bin/sh", { args: ["-c", parse, `${folder.path}/tocsin.bash`] });
  assert.equal((await command.output()).success, true);
});
