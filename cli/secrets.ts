/** `secrets set`, `secrets list` and `secrets delete`. A value comes from standard input: arguments are seen by others. */
import { type Command, CommandError, EXIT, usageError } from "./command.ts";
import { limitOf } from "./number_options.ts";
import { tableText } from "./table_text.ts";

const COLUMNS = ["name", "hosts", "version", "updated_at", "description"];

export const secretsSet: Command = {
  name: "secrets set",
  summary: "Store a secret, its value from standard input",
  usage: "[--host HOST]... [--any-host] [--description TEXT] NAME",
  options: { host: "list", "any-host": "boolean", description: "string" },
  help: `  --host HOST        the only hosts that it is sent to; those of before where none is given
  --any-host         it may be sent to any host
  --description TEXT   for people
One line break at the end of the value is left out.`,
  async run({ api, json, operands, list, flag, text, print }) {
    const path = pathOf(operands);
    if (flag("any-host") && list("host").length > 0) {
      throw usageError("expected --host or --any-host, not both");
    }
    const { status, body: old } = await api.send("GET", path, undefined, [404]);
    const before = status === 404 ? {} : old;
    const hosts = flag("any-host") ? [] : list("host").length > 0 ? list("host") : before.hosts ?? [];
    const description = text("description") ?? before.description ?? "";
    const value = (await new Response(Deno.stdin.readable).text()).replace(/\r?\n$/, "");
    if (value === "") throw new CommandError("standard input holds no value", EXIT.usage);
    const { body } = await api.send("PUT", path, { value, hosts, description });
    print(json ? `${JSON.stringify(body, null, 2)}\n` : `${body.name} stored as version ${body.version}\n`);
    return EXIT.ok;
  },
};

export const secretsList: Command = {
  name: "secrets list",
  summary: "List secrets, without their values",
  usage: "[--limit N]",
  options: { limit: "string" },
  help: "  --limit N          how many at most (50)",
  async run({ api, json, text, print }) {
    const found = await Array.fromAsync(api.items("/secrets", {}, limitOf(text("limit"))));
    print(json ? `${JSON.stringify(found, null, 2)}\n` : tableText(found, COLUMNS));
    return EXIT.ok;
  },
};

export const secretsDelete: Command = {
  name: "secrets delete",
  summary: "Delete a secret",
  usage: "[--force] NAME",
  options: { force: "boolean" },
  help: "  --force            also where documents name it: their requests fail then",
  async run({ api, operands, flag, print }) {
    await api.send("DELETE", `${pathOf(operands)}${flag("force") ? "?force=true" : ""}`);
    print(`${operands[0]} deleted\n`);
    return EXIT.ok;
  },
};

function pathOf(operands: readonly string[]): string {
  const [name] = operands;
  if (name === undefined || operands.length > 1) throw usageError("expected the name of one secret");
  return `/secrets/${encodeURIComponent(name)}`;
}
