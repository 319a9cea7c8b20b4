/**
 * Stands where the script is, for whoever reads or checks ./running.ts: in a context the script itself is this
 * module, and its `main` is what is called.
 */
export {};
