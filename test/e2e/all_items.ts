/** Every item of a list of the API, page by page. */
import type { ServerProcess } from "./server_process.ts";

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

const PAGE_ITEMS = 500;

/** Follows the cursors of the list at `path` (which may have a query) to its end. */
export async function allItems<T>(server: ServerProcess, path: string): Promise<T[]> {
  const items: T[] = [];
  const first = `${path}${path.includes("?") ? "&" : "?"}limit=${PAGE_ITEMS}`;
  for (let cursor: string | null = ""; cursor !== null;) {
    const next: string = cursor === "" ? first : `${first}&cursor=${encodeURIComponent(cursor)}`;
    const page: Page<T> = await server.call<Page<T>>("GET", next);
    for (const item of page.items) items.push(item);
    cursor = page.next_cursor;
  }
  return items;
}
