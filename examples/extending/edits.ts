/** The lines that make the examples of this folder part of the product, as docs/extending.md shows them. */

export interface Edit {
  file: string;
  /** Behind this text, which stands there once. */
  after: string;
  insert: string;
}

export interface Extension {
  /** The file of this folder, and where it goes. */
  from: string;
  to: string;
  edits: readonly Edit[];
}

export const CHANNEL: Extension = {
  from: "ntfy_channel.ts",
  to: "src/channel/ntfy.ts",
  edits: [
    {
      file: "src/channel/registry.ts",
      after: 'import { maskConfig } from "./secrets.ts";\n',
      insert: 'import { ntfy } from "./ntfy.ts";\n',
    },
    { file: "src/channel/registry.ts", after: "  pagerduty,\n", insert: "  ntfy,\n" },
  ],
};

export const ACTION: Extension = {
  from: "set_action.ts",
  to: "src/action/set.ts",
  edits: [
    {
      file: "src/model/action/steps.ts",
      after: 'import { type StoreAction, storeActionSchema } from "./store_action.ts";\n',
      insert: 'import { type SetAction, setActionSchema } from "../../action/set.ts";\n',
    },
    { file: "src/model/action/steps.ts", after: "export type Deed = ", insert: "SetAction | " },
    {
      file: "src/model/action/steps.ts",
      after: "  store: storeActionSchema,\n",
      insert: "  set: setActionSchema,\n",
    },
    {
      file: "src/action/mod.ts",
      after: 'import { runStore } from "./store.ts";\n',
      insert: 'import { runSet } from "./set.ts";\n',
    },
    {
      file: "src/action/mod.ts",
      after: "      return runStore(deed, context, ports.storage);\n",
      insert: '    case "set":\n      return runSet(deed, context);\n',
    },
  ],
};

export const OPERATOR: Extension = {
  from: "glob_operator.ts",
  to: "src/engine/glob_operator.ts",
  edits: [
    { file: "src/model/operator.ts", after: '  "between",\n', insert: '  "glob",\n' },
    { file: "src/engine/plan.ts", after: "export type TextOperator = ", insert: '"glob" | ' },
    {
      file: "src/engine/value_test.ts",
      after: 'import { RE2JS } from "re2js";\n',
      insert: 'import { globTest } from "./glob_operator.ts";\n',
    },
    {
      file: "src/engine/value_test.ts",
      after: "      return matchTest(scalar(operand), foldCase);\n",
      insert: '    case "glob":\n      return globTest(printed(scalar(operand)), foldCase);\n',
    },
    {
      file: "src/engine/value_test.ts",
      after: "      return (a, b) => folded(printed(a), foldCase).endsWith(folded(printed(b), foldCase));\n",
      insert: '    case "glob":\n      return (a, b) => globTest(printed(b), foldCase)(a);\n',
    },
  ],
};
