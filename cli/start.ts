/** `start`: the server, in a process with the permissions that it needs and no others. */
import { serverArguments } from "../tools/server_command.ts";
import { type Command } from "./command.ts";

export const start: Command = {
  name: "start",
  summary: "Run the server on http://127.0.0.1:8080 with its data in ./data (settings: README)",
  usage: "",
  async run() {
    const root = new URL("..", import.meta.url);
    const args = serverArguments(Deno.env.toObject());
    const child = new Deno.Command(Deno.execPath(), { args, cwd: root }).spawn();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      // The server ends in its own time; this process waits for it.
      Deno.addSignalListener(signal, () => child.kill(signal));
    }
    return (await child.status).code;
  },
};
