/**
 * The addresses that are not public: the special-purpose registries of IANA (RFC 6890 and what followed),
 * besides ranges that carry another address in them (6to4, NAT64, Teredo, IPv4-compatible), since what they
 * lead to cannot be told here.
 */
import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Range = readonly [Address, number];

const NOT_PUBLIC: readonly Range[] = [
  "0.0.0.0/8", // this network
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carrier NAT
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local, metadata services
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relay
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarking
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, broadcast
  "::/96", // unspecified, loopback, IPv4-compatible
  "64:ff9b::/96", // NAT64
  "64:ff9b:1::/48", // local NAT64
  "100::/64", // discard
  "2001::/32", // Teredo
  "2001:2::/48", // benchmarking
  "2001:10::/28", // ORCHID
  "2001:20::/28", // ORCHIDv2
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4
  "3fff::/20", // documentation
  "5f00::/16", // segment routing
  "fc00::/7", // unique local
  "fe80::/10", // link-local
  "fec0::/10", // site-local
  "ff00::/8", // multicast
].map((text) => ipaddr.parseCIDR(text));

// They hand out a machine's credentials: opened only by an entry that names the very address.
const METADATA: readonly Address[] = [
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "192.0.0.192",
  "fd00:ec2::254",
].map((text) => ipaddr.parse(text));

/** The address of a literal as a URL parser or a resolver writes it; an IPv4-mapped one as its IPv4. */
export function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/** "10.0.0.0/8", "fd00::/8" or a single address; undefined for anything else. */
export function parseRange(text: string): Range | undefined {
  const single = parseAddress(text);
  if (single !== undefined) return [single, single.kind() === "ipv4" ? 32 : 128];
  if (!ipaddr.isValidCIDR(text)) return undefined;
  const [address, bits] = ipaddr.parseCIDR(text);
  // No address is compared in its mapped form, so such a range would never match.
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return undefined;
  return address instanceof ipaddr.IPv6 || ipaddr.IPv4.isValidCIDRFourPartDecimal(text)
    ? [address, bits]
    : undefined;
}

/** A list of ranges, separated by commas or blanks. An entry that is no range is `bad`. */
export function parseRanges(text: string): { ranges: Range[] } | { bad: string } {
  const entries = text.split(/[\s,]+/).filter((part) => part !== "");
  const ranges: Range[] = [];
  for (const entry of entries) {
    const range = parseRange(entry);
    if (range === undefined) return { bad: entry };
    ranges.push(range);
  }
  return { ranges };
}

export function isPublic(address: Address): boolean {
  return !NOT_PUBLIC.some((range) => isWithin(address, range));
}

export function isWithin(address: Address, [base, bits]: Range): boolean {
  return address.kind() === base.kind() && address.match(base, bits);
}

export function isMetadata(address: Address): boolean {
  return METADATA.some((one) => isWithin(address, [one, one.kind() === "ipv4" ? 32 : 128]));
}

/** Whether a range is one single address. */
export function isSingle([address, bits]: Range): boolean {
  return bits === (address.kind() === "ipv4" ? 32 : 128);
}
