/** The configuration: defaults, NAME_FILE, and a clear word for everything that is wrong. */
import assert from "node:assert/strict";
import { parseRange } from "../../src/base/address_ranges.ts";
import { type Config, ConfigError, readConfig } from "../../src/model/config.ts";

const DEFAULTS: Config = {
  port: 8080,
  host: "127.0.0.1",
  data: "./data",
  durability: "full",
  rule_workers: 32,
  retention_ms: 604_800_000,
  retention_bytes: 10_000_000_000,
  egress_allow: [],
  admin_token: null,
  secret_keys: [],
  log_level: "info",
};

const FILES: Record<string, string> = { "/run/token": "s3cret\n", "/run/port": "9000", "/run/empty": "\n" };

function readFile(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw new Error(`no file ${path}`);
  return text;
}

function faults(env: Record<string, string>): string[] {
  try {
    readConfig(env, readFile);
    return [];
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.message.split("\n");
  }
}

Deno.test("an empty environment gives the defaults; others' names do not matter", () => {
  assert.deepEqual(readConfig({ PATH: "/bin", HOME_FILE: "/x" }, readFile), DEFAULTS);
});

Deno.test("an empty value is as good as none", () => {
  assert.deepEqual(
    readConfig({ PORT: "", TOCSIN_ADMIN_TOKEN: " ", TOCSIN_HOST_FILE: "" }, readFile),
    DEFAULTS,
  );
});

Deno.test("every setting is read", () => {
  const config = readConfig({
    PORT: "0",
    TOCSIN_HOST: "0.0.0.0",
    TOCSIN_DATA: ":memory:",
    TOCSIN_DURABILITY: "normal",
    TOCSIN_RULE_WORKERS: "4",
    TOCSIN_RETENTION: "1d12h",
    TOCSIN_RETENTION_BYTES: "512 MiB",
    TOCSIN_EGRESS_ALLOW: "10.0.0.0/8, ::1/128",
    TOCSIN_ADMIN_TOKEN: "abc.DEF-1_~+/==",
    TOCSIN_SECRET_KEY: "07".repeat(32),
    TOCSIN_LOG: "debug",
  }, readFile);
  assert.deepEqual(config, {
    port: 0,
    host: "0.0.0.0",
    data: ":memory:",
    durability: "normal",
    rule_workers: 4,
    retention_ms: 129_600_000,
    retention_bytes: 536_870_912,
    egress_allow: [parseRange("10.0.0.0/8")!, parseRange("::1/128")!],
    admin_token: "abc.DEF-1_~+/==",
    secret_keys: [new Uint8Array(32).fill(7)],
    log_level: "debug",
  });
});

Deno.test("a value may stand in a file, without its last line break", () => {
  const config = readConfig({ PORT_FILE: "/run/port", TOCSIN_ADMIN_TOKEN_FILE: "/run/token" }, readFile);
  assert.equal(config.port, 9000);
  assert.equal(config.admin_token, "s3cret");
});

Deno.test("secret keys are read as hex or as base64 of either alphabet, in their order", () => {
  const texts = ["FF".repeat(32), "+/".repeat(21) + "8=", " " + "-_".repeat(21) + "8"];
  const { secret_keys } = readConfig({ TOCSIN_SECRET_KEY: texts.join() }, readFile);
  assert.deepEqual(secret_keys.map((key) => [key.length, key[0], key[31]]), [
    [32, 255, 255],
    [32, 251, 255],
    [32, 251, 255],
  ]);
});

for (const host of ["127.0.0.1", "127.8.8.8", "::1", "localhost", "::ffff:127.0.0.1"]) {
  Deno.test(`${host} is a loopback address: no token is needed`, () => {
    assert.equal(readConfig({ TOCSIN_HOST: host }, readFile).host, host);
  });
}

for (const host of ["0.0.0.0", "::", "192.168.1.5", "::ffff:10.0.0.1"]) {
  Deno.test(`${host} is reached from elsewhere: without a token the server does not start`, () => {
    assert.deepEqual(faults({ TOCSIN_HOST: host }), [
      `Cannot use TOCSIN_HOST: a server on ${host} can be reached from other machines, so it starts only with an ` +
      "admin token: set TOCSIN_ADMIN_TOKEN or TOCSIN_ADMIN_TOKEN_FILE, or listen on 127.0.0.1",
    ]);
    assert.deepEqual(faults({ TOCSIN_HOST: host, TOCSIN_ADMIN_TOKEN: "t" }), []);
  });
}

const REFUSED: [env: Record<string, string>, fault: string][] = [
  [{ PORT: "80a" }, 'Cannot use PORT: expected a port from 0 to 65535: current value is "80a"'],
  [{ PORT: "70000" }, 'Cannot use PORT: expected a port from 0 to 65535: current value is "70000"'],
  [
    { TOCSIN_HOST: "example.test" },
    'Cannot use TOCSIN_HOST: expected an IP address or "localhost": current value is "example.test"',
  ],
  [
    { TOCSIN_DURABILITY: "off" },
    'Cannot use TOCSIN_DURABILITY: expected full or normal: current value is "off"',
  ],
  [
    { TOCSIN_RULE_WORKERS: "0" },
    'Cannot use TOCSIN_RULE_WORKERS: expected a whole number from 1 to 1024: current value is "0"',
  ],
  [
    { TOCSIN_RETENTION: "0s" },
    'Cannot use TOCSIN_RETENTION: expected a duration like "7d" or "12h": current value is "0s"',
  ],
  [
    { TOCSIN_RETENTION_BYTES: "-1" },
    'Cannot use TOCSIN_RETENTION_BYTES: expected a size like "10GB" or "512MiB": current value is "-1"',
  ],
  [
    { TOCSIN_EGRESS_ALLOW: "10.0.0.0/8,10.0/8" },
    'Cannot use TOCSIN_EGRESS_ALLOW: expected addresses or CIDRs like "10.0.0.0/8,::1": ' +
    'current value is "10.0.0.0/8,10.0/8"',
  ],
  [
    { TOCSIN_LOG: "loud" },
    'Cannot use TOCSIN_LOG: expected debug or info or warn or error: current value is "loud"',
  ],
  [
    { TOCSIN_SECRET_KEY: "hush-hush" },
    "Cannot use TOCSIN_SECRET_KEY: expected 32 bytes as base64 or hex, several keys separated by commas: " +
    "key 1 of 1 is something else (9 characters)",
  ],
  [
    { TOCSIN_SECRET_KEY: `${"ab".repeat(32)},${"ab".repeat(31)}` },
    "Cannot use TOCSIN_SECRET_KEY: expected 32 bytes as base64 or hex, several keys separated by commas: " +
    "key 2 of 2 is something else (62 characters)",
  ],
  [
    { TOCSIN_SECRET_KEY: Array(17).fill("ab".repeat(32)).join() },
    "Cannot use TOCSIN_SECRET_KEY: expected at most 16 keys: current value has 17",
  ],
  [{ TOCSIN_REDIS_URL: "redis://a" }, "Cannot use TOCSIN_REDIS_URL: a Redis store is not supported yet"],
  [{ TOCSIN_RETENSION: "7d" }, "Unknown setting TOCSIN_RETENSION: did you mean TOCSIN_RETENTION?"],
  [{ TOCSIN_TOKEN_FILE: "/x" }, "Unknown setting TOCSIN_TOKEN_FILE: did you mean TOCSIN_HOST?"],
  [{ PORT: "1", PORT_FILE: "/run/port" }, "Cannot use both PORT and PORT_FILE: set one of them"],
  [{ PORT_FILE: "/run/gone" }, "Cannot read PORT_FILE: no file /run/gone"],
  [{ TOCSIN_ADMIN_TOKEN_FILE: "/run/empty" }, "Cannot use TOCSIN_ADMIN_TOKEN_FILE: /run/empty is empty"],
];

for (const [env, fault] of REFUSED) {
  Deno.test(`setting ${JSON.stringify(env)} is refused`, () => assert.deepEqual(faults(env), [fault]));
}

Deno.test("all faults are told at once, and no secret with them", () => {
  const told = faults({ PORT: "x", TOCSIN_LOG: "y", TOCSIN_ADMIN_TOKEN: "pass word", TOCSIN_FOO: "1" });
  assert.equal(told.length, 4);
  assert(!told.join().includes("pass"));
});
