/** `rules test`: runs the tests that rule files carry, without a server. */
import { systemClock } from "../src/base/clock.ts";
import { Problem } from "../src/base/problem.ts";
import { type Command, EXIT } from "./command.ts";
import { readDraft } from "../actors/rule_document.ts";
import { runRuleTest, type TestOutcome } from "./rule_test.ts";
import { type FiledRule, readRuleFiles } from "./rule_files.ts";

export const rulesTest: Command = {
  name: "rules test",
  summary: "Run the tests that rule files carry, under virtual time and without a server",
  usage: "FILE|FOLDER...",
  help: "Exit code 1 where a test fails, a rule is refused, or the files have no test.",
  async run({ operands, json, print }) {
    const outcomes: TestOutcome[] = [];
    for (const rule of readRuleFiles(operands)) outcomes.push(...await outcomesOf(rule));
    const failed = outcomes.filter(({ passed }) => !passed).length;
    if (json) print(`${JSON.stringify(outcomes, null, 2)}\n`);
    else {
      outcomes.forEach((outcome) => print(outcomeText(outcome)));
      print(`${outcomes.length - failed} passed, ${failed} failed\n`);
      if (outcomes.length === 0) print("no rule in these files has tests\n");
    }
    return failed > 0 || outcomes.length === 0 ? EXIT.refused : EXIT.ok;
  },
};

async function outcomesOf(rule: FiledRule): Promise<TestOutcome[]> {
  const outcomes: TestOutcome[] = [];
  try {
    readDraft(rule.doc);
    for (const test of rule.tests) outcomes.push(await runRuleTest(rule, test, systemClock));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const differences = error.errors.map(({ pointer, message }) => `${pointer || "/"}: ${message}`);
    outcomes.push({ rule_id: rule.rule_id, name: "the rule is refused", passed: false, differences });
  }
  return outcomes;
}

function outcomeText({ rule_id, name, passed, differences }: TestOutcome): string {
  return [`${passed ? "ok  " : "FAIL"} ${rule_id}: ${name}`, ...differences.map((line) => `     ${line}`)]
    .join("\n") +
    "\n";
}
