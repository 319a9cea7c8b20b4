/** A `lookup` of node:net that resolves and vets when a connection is made, and hands out nothing else. */
import type { LookupFunction } from "node:net";

/** `resolve` answers vetted addresses, or throws. */
export function vettedLookup(resolve: (host: string) => Promise<readonly string[]>): LookupFunction {
  return (host, { all }, callback) => {
    resolve(host).then((addresses) => {
      const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      const first = found[0];
      if (first === undefined) callback(Object.assign(new Error("no address"), { code: "ENODATA" }), "");
      else if (all) callback(null, found);
      else callback(null, first.address, first.family);
    }, (error) => callback(error, ""));
  };
}
