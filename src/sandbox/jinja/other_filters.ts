/** Filters on numbers, JSON, addresses and markup. */
import { type Filter, filter, type Surroundings } from "./filter.ts";
import { toInteger, wholeNumber } from "./format.ts";
import { fixed, float, floatOf, isFloat, isNumber, plain, rounded } from "./numbers.ts";
import { escapeHtml, items, repr, text, truth } from "./printing.ts";
import { methodOf } from "./lookup.ts";
import { toJson } from "./to_json.ts";
import { urlized } from "./urlized.ts";
import {
  entriesOf,
  isMapping,
  isText,
  Markup,
  Members,
  TemplateFault,
  Tuple,
  typeFault,
  typeName,
  Undefined,
} from "./values.ts";

const UNITS = {
  false: ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"],
  true: ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"],
};
const PRINTED_WIDTH_MAX = 80;

function absolute(value: unknown): unknown {
  if (!isNumber(value)) throw noNumber(value, "abs");
  if (isFloat(value)) return float(Math.abs(plain(value)));
  return typeof value === "bigint" ? (value < 0n ? -value : value) : Math.abs(Number(value));
}

function noNumber(value: unknown, where: string): TemplateFault {
  return value instanceof Undefined
    ? value.fault()
    : typeFault(`bad operand type for ${where}: '${typeName(value)}'`);
}

function round(value: unknown, [precision, method]: readonly unknown[]): unknown {
  const places = precision === undefined ? 0 : wholeNumber(precision);
  const how = method === undefined ? "common" : text(method);
  if (!["common", "ceil", "floor"].includes(how)) {
    throw new TemplateFault("FilterArgumentError", "method must be common, ceil or floor");
  }
  if (!isNumber(value)) throw noNumber(value, "round");
  if (how === "common") return rounded(value, places);
  const unit = 10 ** places;
  const scaled = plain(value) * unit;
  return float((how === "ceil" ? Math.ceil(scaled) : Math.floor(scaled)) / unit);
}

function fileSize(value: unknown, [binary]: readonly unknown[]): string {
  const isBinary = binary !== undefined && truth(binary);
  const base = isBinary ? 1024 : 1000;
  const bytes = isText(value) ? floatOf(text(value)) : isNumber(value) ? plain(value) : undefined;
  if (bytes === undefined) throw noNumber(value, "filesizeformat");
  if (bytes === 1) return "1 Byte";
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`;
  const units = UNITS[`${isBinary}`];
  let unit = base ** 2;
  for (const name of units) {
    if (bytes < unit || name === units.at(-1)) return `${fixed(base * bytes / unit, 1)} ${name}`;
    unit *= base;
  }
  throw typeFault("no unit");
}

/** Percent encoding of UTF-8, as urllib.parse.quote does it. */
function percentEncoded(value: string, free: RegExp): string {
  const whole = value.replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    "\ufffd",
  );
  return encodeURIComponent(whole).replace(
    /[!'()*]/g,
    (one) => "%" + one.charCodeAt(0).toString(16).toUpperCase(),
  )
    .replace(/%2F/g, (all) => free.test("/") ? "/" : all);
}

function queryPart(value: unknown): string {
  return percentEncoded(text(value), /^$/).replaceAll("%20", "+");
}

function pairOf(value: unknown): readonly unknown[] {
  const pair = items(value);
  if (pair.length !== 2) throw new TemplateFault("ValueError", `expected pairs, not ${pair.length} values`);
  return pair;
}

function urlEncoded(value: unknown): string {
  if (isText(value) || isNumber(value) || value === null) return percentEncoded(text(value), /\//);
  const pairs = isMapping(value) ? entriesOf(value) : items(value).map(pairOf);
  return pairs.map(([key, held]) => `${queryPart(key)}=${queryPart(held)}`).join("&");
}

function xmlAttributes(value: unknown, [autospace]: readonly unknown[], at: Surroundings): unknown {
  if (!isMapping(value)) throw typeFault(`xmlattr wants a mapping, not ${typeName(value)}`);
  const shown = entriesOf(value).filter(([, held]) => held !== null && !(held instanceof Undefined)).map(
    ([key, held]) => {
      if (/[\s/>=]/.test(text(key))) {
        throw new TemplateFault("ValueError", `Invalid character in attribute name: '${text(key)}'`);
      }
      const print = (one: unknown) => one instanceof Markup ? one.text : escapeHtml(text(one));
      return `${print(key)}="${print(held)}"`;
    },
  );
  const spaced = shown.length > 0 && (autospace === undefined || truth(autospace)) ? " " : "";
  const joined = spaced + shown.join(" ");
  return at.autoescape ? new Markup(joined) : joined;
}

function prettyPrinted(value: unknown): string {
  const shown = repr(sortedKeys(value));
  if (shown.length <= PRINTED_WIDTH_MAX) return shown;
  throw new TemplateFault(
    "NotSupported",
    `pprint of more than ${PRINTED_WIDTH_MAX} characters: use tojson(indent=2)`,
  );
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isMapping(value)) return value;
  const entries = entriesOf(value).map(([key, held]) => [text(key), sortedKeys(held)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1));
}

export const OTHER_FILTERS: readonly (readonly [string, Filter])[] = [
  [
    "default",
    filter(["default_value", "boolean"], (value, [fallback, falsy]) => {
      const replace = value instanceof Undefined || (falsy !== undefined && truth(falsy) && !truth(value));
      return !replace ? value : fallback === undefined ? "" : fallback;
    }),
  ],
  ["abs", filter([], absolute)],
  ["round", filter(["precision", "method"], round)],
  [
    "int",
    filter(["default", "base"], (value, [fallback, base]) => {
      if (value instanceof Undefined) throw value.fault();
      return toInteger(
        value,
        fallback === undefined ? 0 : fallback,
        base === undefined ? 10 : wholeNumber(base),
      );
    }),
  ],
  [
    "float",
    filter(["default"], (value, [fallback]) => {
      if (value instanceof Undefined) throw value.fault();
      if (isNumber(value)) return float(plain(value));
      const number = isText(value) ? floatOf(text(value)) : undefined;
      if (number !== undefined) return float(number);
      return fallback === undefined ? float(0) : fallback;
    }),
  ],
  ["filesizeformat", filter(["binary"], fileSize)],
  [
    "tojson",
    filter(["indent"], (value, [indent]) => {
      return new Markup(toJson(value, indent === undefined || indent === null ? null : wholeNumber(indent)));
    }),
  ],
  ["urlencode", filter([], urlEncoded)],
  [
    "urlize",
    filter(["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"], (value, bound, at) => {
      const [trim, nofollow, target, rel, schemes] = bound;
      if (schemes !== undefined && schemes !== null) {
        throw new TemplateFault("NotSupported", "urlize with extra_schemes is not supported");
      }
      const rels = `${rel === undefined || rel === null ? "" : text(rel)} noopener${
        nofollow !== undefined && truth(nofollow) ? " nofollow" : ""
      }`;
      const linked = urlized(text(value), {
        limit: trim === undefined || trim === null ? null : wholeNumber(trim),
        rel: [...new Set(rels.trim().split(/\s+/))].sort().join(" "),
        target: target === undefined || target === null ? null : text(target),
      });
      return at.autoescape ? new Markup(linked) : linked;
    }),
  ],
  ["xmlattr", filter(["autospace"], xmlAttributes)],
  ["pprint", filter([], prettyPrinted)],
  [
    "attr",
    filter(["name"], (value, [name], at) => {
      const wanted = text(name);
      if (value instanceof Undefined) throw value.fault();
      const missing = new Undefined(`'${typeName(value)} object' has no attribute '${wanted}'`);
      if (value instanceof Members) return value.get(wanted) === undefined ? missing : value.get(wanted);
      if (value instanceof Tuple) return value.items[value.names.indexOf(wanted)] ?? missing;
      return methodOf(value, wanted, at.escape) ?? missing;
    }),
  ],
];
