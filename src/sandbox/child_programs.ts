/**
 * The code that stands around foreign code in a context, by kind of program. It is read as text with the
 * module graph of the child, so that a child needs no permission to read files, and its types are stripped
 * here, where the child runs.
 */
import { stripTypeScriptTypes } from "node:module";
import nunjucks from "nunjucks/browser/nunjucks.js" with { type: "text" };
import argumentsText from "./jinja/arguments.ts" with { type: "text" };
import compilerText from "./jinja/compiler.ts" with { type: "text" };
import engineText from "./jinja/engine.ts" with { type: "text" };
import expressionCompilerText from "./jinja/expression_compiler.ts" with { type: "text" };
import expressionsText from "./jinja/expressions.ts" with { type: "text" };
import filterText from "./jinja/filter.ts" with { type: "text" };
import filtersText from "./jinja/filters.ts" with { type: "text" };
import findingsText from "./jinja/findings.ts" with { type: "text" };
import formatText from "./jinja/format.ts" with { type: "text" };
import globalNamesText from "./jinja/global_names.ts" with { type: "text" };
import globalsText from "./jinja/globals.ts" with { type: "text" };
import listFiltersText from "./jinja/list_filters.ts" with { type: "text" };
import lookupText from "./jinja/lookup.ts" with { type: "text" };
import numbersText from "./jinja/numbers.ts" with { type: "text" };
import nunjucksText from "./jinja/nunjucks.ts" with { type: "text" };
import operatorsText from "./jinja/operators.ts" with { type: "text" };
import otherFiltersText from "./jinja/other_filters.ts" with { type: "text" };
import parserText from "./jinja/parser.ts" with { type: "text" };
import plainValueText from "./jinja/plain_value.ts" with { type: "text" };
import printingText from "./jinja/printing.ts" with { type: "text" };
import problemsText from "./jinja/problems.ts" with { type: "text" };
import readerText from "./jinja/reader.ts" with { type: "text" };
import renderingText from "./jinja/rendering.ts" with { type: "text" };
import scopesText from "./jinja/scopes.ts" with { type: "text" };
import testsText from "./jinja/tests.ts" with { type: "text" };
import textFiltersText from "./jinja/text_filters.ts" with { type: "text" };
import textMethodsText from "./jinja/text_methods.ts" with { type: "text" };
import toJsonText from "./jinja/to_json.ts" with { type: "text" };
import tokensText from "./jinja/tokens.ts" with { type: "text" };
import urlizedText from "./jinja/urlized.ts" with { type: "text" };
import valuesText from "./jinja/values.ts" with { type: "text" };
import wrappedText from "./jinja/wrapped.ts" with { type: "text" };
import scriptRunningText from "./script/running.ts" with { type: "text" };
import type { ProgramKind } from "./protocol.ts";

export interface Surrounding {
  /** Scripts that run first, in this order, in the global scope. */
  scripts: readonly string[];
  /** Modules by name, as JavaScript. */
  modules: ReadonlyMap<string, string>;
  /** The module whose exports can be called; "load" is called first, where there is one. */
  entry: string;
  /** The module that is the foreign code itself: its text is `source` of what the program is loaded with. */
  foreign?: string;
  /**
   * Calls may leave work behind that goes on by itself: after each, that is done, and this export is called for
   * what came of it.
   */
  state?: string;
}

/** What both halves of the template layer stand on. */
const SHARED: Readonly<Record<string, string>> = {
  "arguments.ts": argumentsText,
  "filter.ts": filterText,
  "filters.ts": filtersText,
  "format.ts": formatText,
  "list_filters.ts": listFiltersText,
  "lookup.ts": lookupText,
  "numbers.ts": numbersText,
  "operators.ts": operatorsText,
  "other_filters.ts": otherFiltersText,
  "printing.ts": printingText,
  "problems.ts": problemsText,
  "tests.ts": testsText,
  "text_filters.ts": textFiltersText,
  "text_methods.ts": textMethodsText,
  "to_json.ts": toJsonText,
  "urlized.ts": urlizedText,
  "values.ts": valuesText,
  "wrapped.ts": wrappedText,
};

const RENDERER: Readonly<Record<string, string>> = {
  ...SHARED,
  "engine.ts": engineText,
  "globals.ts": globalsText,
  "plain_value.ts": plainValueText,
  "rendering.ts": renderingText,
};

const READER: Readonly<Record<string, string>> = {
  ...SHARED,
  "compiler.ts": compilerText,
  "expression_compiler.ts": expressionCompilerText,
  "expressions.ts": expressionsText,
  "findings.ts": findingsText,
  "global_names.ts": globalNamesText,
  "nunjucks.ts": nunjucksText,
  "parser.ts": parserText,
  "reader.ts": readerText,
  "scopes.ts": scopesText,
  "tokens.ts": tokensText,
};

function javascript(sources: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(sources).map(([name, source]) => [name, stripTypeScriptTypes(source)]));
}

/** Evaluated once per child, not per program. */
export const SURROUNDINGS: Readonly<Record<ProgramKind, Surrounding>> = {
  template: { scripts: [], modules: javascript(RENDERER), entry: "engine.ts" },
  script: {
    ...{ scripts: [], modules: javascript({ "running.ts": scriptRunningText }), entry: "running.ts" },
    ...{ foreign: "script.ts", state: "state" },
  },
  template_reader: { scripts: [nunjucks], modules: javascript(READER), entry: "reader.ts" },
};
