/** The version of this software, and of its API. */
export const VERSION = "1.0.0";
