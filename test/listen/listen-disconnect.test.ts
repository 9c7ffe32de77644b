/** A cluster worker that disconnects while a listen is under way: the listen settles, and the worker exits. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../harness/node-child';

const PROGRAM = join(__dirname, '../fixtures/disconnect.cjs');

it.each(['0', '1', '2', '3', '20'])('listen(): the worker disconnects after %s ms', async (ms) => {
  const { stdout } = await run(process.execPath, [PROGRAM, 'listen()', ms]);
  expect(stdout.split('\n').filter(Boolean)).toEqual(['settled', 'exit 0']);
});

it.each(['0', '1', '2', '3'])('setStack(): the worker disconnects after %s ms', async (ms) => {
  const { stdout } = await run(process.execPath, [PROGRAM, 'setStack()', ms]);
  expect(stdout.split('\n').filter(Boolean)).toEqual(['exit 0']);
});
