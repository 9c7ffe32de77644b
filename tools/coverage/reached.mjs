/** Lines and branches of files; each is reached if any of its counts is. */
export class Reached {
  #files;

  constructor(paths) {
    this.#files = new Map(paths.map((path) => [path, { lines: new Map(), branches: new Map() }]));
  }

  line(path, line, count) {
    const { lines } = this.#of(path);
    lines.set(line, lines.get(line) || count > 0);
  }

  /** `name` identifies a branch path within a file. */
  branch(path, line, name, count) {
    const { branches } = this.#of(path);
    branches.set(name, { line, reached: branches.get(name)?.reached || count > 0 });
  }

  #of(path) {
    if (!this.#files.has(path)) this.#files.set(path, { lines: new Map(), branches: new Map() });
    return this.#files.get(path);
  }

  /** The totals of each file, and the numbers of lines not fully reached. */
  figures() {
    return [...this.#files].map(([path, { lines, branches }]) => {
      const missed = [...lines].filter(([, reached]) => !reached).map(([line]) => line);
      const ways = [...branches.values()];
      return {
        path,
        lines: { reached: lines.size - missed.length, all: lines.size },
        branches: { reached: ways.filter(({ reached }) => reached).length, all: ways.length },
        missed,
        partly: ways
          .filter(({ line, reached }) => !reached && lines.get(line) !== false)
          .map(({ line }) => line),
      };
    });
  }
}
