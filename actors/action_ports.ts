/** The ports of actions, before everything behind them stands: calls wait until it does. */
import type { ActionPorts } from "../src/action/mod.ts";
import type { OwnEndpoints } from "../src/notify/own_endpoints.ts";

/** And what answers requests of rules to this server itself. */
export interface OwnPorts extends ActionPorts {
  own: OwnEndpoints;
}

export interface LateActionPorts extends OwnPorts {
  /** Everything stands. */
  open(ports: OwnPorts): void;
}

export function lateActionPorts(): LateActionPorts {
  const { promise, resolve } = Promise.withResolvers<OwnPorts>();
  return {
    open: resolve,
    own: { answer: async (call) => (await promise).own.answer(call) },
    scripts: { run: async (call) => (await promise).scripts.run(call) },
    rules: { run: async (call) => (await promise).rules.run(call) },
    storage: {
      putRow: async (...given) => (await promise).storage.putRow(...given),
      sendEvent: async (...given) => (await promise).storage.sendEvent(...given),
    },
  };
}
