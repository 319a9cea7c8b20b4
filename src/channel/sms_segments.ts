/**
 * How many parts a text message is sent in, each of which is paid: 160 units of GSM-7 (3GPP TS 23.038) or 70
 * of UCS-2, 153 and 67 each when there are several. One character outside GSM-7 turns the whole text into
 * UCS-2. Held by test/vectors/delivery/payloads.json.
 */

export interface SmsSize {
  encoding: "GSM-7" | "UCS-2";
  units: number;
  segments: number;
}

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§" +
    "¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** Two units each: an escape goes before. */
const EXTENDED = new Set("\f^{}\\[~]|€");

const SIZES = { "GSM-7": { one: 160, several: 153 }, "UCS-2": { one: 70, several: 67 } } as const;

export function smsSize(text: string): SmsSize {
  const encoding = [...text].every((char) => BASIC.has(char) || EXTENDED.has(char)) ? "GSM-7" : "UCS-2";
  const unitsOf = unitsIn(encoding);
  const { one, several } = SIZES[encoding];
  const costs = [...text].map(unitsOf);
  const units = costs.reduce((sum, cost) => sum + cost, 0);
  if (units <= one) return { encoding, units, segments: units === 0 ? 0 : 1 };
  return { encoding, units, segments: partsOf(costs, several) };
}

function unitsIn(encoding: SmsSize["encoding"]): (char: string) => number {
  return encoding === "GSM-7" ? (char) => EXTENDED.has(char) ? 2 : 1 : (char) => char.length;
}

/** Characters of two units are not divided between parts. */
function partsOf(costs: readonly number[], partMax: number): number {
  let parts = 1;
  let used = 0;
  for (const cost of costs) {
    if (used + cost > partMax) {
      parts++;
      used = 0;
    }
    used += cost;
  }
  return parts;
}
