/** The ports of actions before everything behind them stands: calls wait until it does. */
import type { ActionPorts } from "../src/action/mod.ts";

export interface LateActionPorts extends ActionPorts {
  /** Everything stands. */
  open(ports: ActionPorts): void;
}

/** Where no API definitions are. */
export const NO_SCRIPTS: ActionPorts["scripts"] = {
  run: () => {
    const error = "API definitions are not supported yet";
    return Promise.resolve({ ok: false, status: 501, reason: "not_supported_yet", error, again: false });
  },
};

export function lateActionPorts(): LateActionPorts {
  const { promise, resolve } = Promise.withResolvers<ActionPorts>();
  return {
    open: resolve,
    scripts: { run: async (call) => (await promise).scripts.run(call) },
    rules: { run: async (call) => (await promise).rules.run(call) },
    storage: {
      putRow: async (...given) => (await promise).storage.putRow(...given),
      sendEvent: async (...given) => (await promise).storage.sendEvent(...given),
    },
  };
}
