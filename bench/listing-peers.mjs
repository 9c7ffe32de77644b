/** What else lists the listeners of a machine: programs, and packages that run programs and read what they print. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const program =
  (name, ...args) =>
  () =>
  () =>
    execFileSync(name, args, { maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'ignore'] });

function nodeNetstat() {
  const netstat = require('node-netstat');
  return () =>
    new Promise((resolve, reject) => {
      const done = (error) => (error ? reject(error) : resolve(undefined));
      netstat({ done, filter: { state: 'LISTEN' } }, () => {});
    });
}

/** Each makes a function that lists once; it throws where that does not work here. */
export const WITHOUT_PROCESSES = {
  'ss -6ltne': program('ss', '-6ltne'),
  'netstat -ltn': program('netstat', '-ltn'),
};

export const WITH_PROCESSES = {
  'ss -ltnp': program('ss', '-ltnp'),
  'netstat -ltnp': program('netstat', '-ltnp'),
  lsof: program('lsof', '-nP', '-iTCP', '-sTCP:LISTEN'),
  'systeminformation networkConnections': () => require('systeminformation').networkConnections,
  'node-netstat': nodeNetstat,
  'pid-port allPortsWithPid': async () => (await import('pid-port')).allPortsWithPid,
};
