/** No descriptor left for the second socket: the first one is given back. */
import { describe, expect, it } from 'vitest';
import { json, packageRoot, run } from '../harness/node-child';

interface Report {
  opened: number;
  error: { code: string; reason: string; syscall: string; address: string; errno: number };
  /** Sockets in the process beyond what it had, before and after the failure. */
  before: number;
  after: number;
}

/** Takes descriptors until one is left, then asks for a pair. */
const program = (call: string) => `
  const { openSync, closeSync, readdirSync, readlinkSync } = require('node:fs');
  const net = require('node:net');
  const { bindUdp, listen } = require(${JSON.stringify(packageRoot)});
  const sockets = () => readdirSync('/proc/self/fd').filter((fd) => {
    try { return readlinkSync('/proc/self/fd/' + fd).startsWith('socket:'); } catch { return false; }
  }).length;
  (async () => {
    const first = await ${call};
    const base = sockets();
    const fds = [];
    for (;;) try { fds.push(openSync('/dev/null')); } catch { break; }
    closeSync(fds.pop());
    const error = await ${call}.catch(({ code, reason, syscall, address, errno }) => ({ code, reason, syscall, address, errno }));
    for (const fd of fds) closeSync(fd);
    const after = sockets();
    const again = await ${call};
    console.log(JSON.stringify({ opened: again.sockets.length, error, before: base, after }));
    process.exit();
  })();`;

describe('listen(), bindUdp(): one descriptor left', () => {
  it.each([
    ['listen', 'listen(net.createServer(), {})', 'listen'],
    ['bindUdp', 'bindUdp({})', 'bind'],
  ])('%s: EMFILE, and nothing left', async (_name, call, syscall) => {
    const args = ['-c', 'ulimit -n 60 && exec "$@"', 'sh', process.execPath, '-e', program(call)];
    const { opened, error, before, after } = json<Report>(await run('sh', args));
    expect(error).toMatchObject({ code: 'EMFILE', errno: -24, reason: 'resources', syscall });
    expect([opened, after]).toEqual([2, before]);
  });
});
