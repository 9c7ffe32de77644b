import { beforeEach } from 'vitest';

/** Their measure is time and memory, which the instrumented code takes more of. */
const MEASURING = /is quick with|allocates nothing/;

beforeEach(({ task, skip }) => {
  if (MEASURING.test(task.name)) skip('measures');
});
