/** What can be told about an argument before any event comes: when it is written as a constant. */
import type { JsonScalar } from "../../base/json.ts";
import type { Expression } from "./expression.ts";
import type { ArgumentFault } from "./functions.ts";

/** @param faultOf says what is wrong with a value; null: nothing. */
export function checkConstant(argument: number, faultOf: (value: JsonScalar) => string | null) {
  return (args: readonly Expression[]): ArgumentFault | null => {
    const arg = args[argument];
    const message = arg?.kind === "constant" && arg.value !== null ? faultOf(arg.value) : null;
    return message === null ? null : { argument, message };
  };
}
