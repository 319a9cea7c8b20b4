/** What another process costs, read off /proc; null where there is none. */
import { procText } from "./machine.ts";

// Linux counts CPU time for programs in hundredths of a second, whatever the kernel's own tick (time(7)).
const TICKS_PER_SECOND = 100;

/** User and system time, ms: fields 14 and 15 of /proc/pid/stat (proc(5)), counted behind the name, which may hold blanks. */
export function cpuMs(pid: number): number | null {
  const fields = procText(`${pid}/stat`)?.split(") ")[1]?.split(" ");
  if (fields === undefined) return null;
  return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS_PER_SECOND;
}

export function residentBytes(pid: number): number | null {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(procText(`${pid}/status`) ?? "")?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}
