/** A small tree of files in a temporary directory, removed when the scope that holds it ends. */
export class FixtureTree implements Disposable {
  readonly root: string;

  constructor(files: Readonly<Record<string, string>>) {
    this.root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "tocsin-tree-" }));
    for (const [path, text] of Object.entries(files)) {
      const folder = path.slice(0, path.lastIndexOf("/") + 1);
      Deno.mkdirSync(`${this.root}/${folder}`, { recursive: true });
      Deno.writeTextFileSync(`${this.root}/${path}`, text);
    }
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}
