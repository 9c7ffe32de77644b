import { beforeEach } from 'vitest';

/** They measure time and memory; instrumented code takes more of both. */
const MEASURING = /is quick with|allocates nothing/;

beforeEach(({ task, skip }) => {
  if (MEASURING.test(task.name)) skip('measures');
});
