/** Lists where something is in the way: another user, a signal, a sandbox, a thread that ends, a wrong filter. */
import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { listSockets } from '../../src/index';
import { cannotRefuse, refuseFamily } from '../harness/namespace';
import { cleanEnvironment, json, packageRoot, run, runNode } from '../harness/node-child';
import { noStrace, notLinux, notRoot, withReason } from '../harness/skips';
import { useZoo } from '../harness/socket-zoo';

const LIST = JSON.stringify(packageRoot);
/** Whether somebody listens on a port; null where the kernel does not tell (src/machine/listeners.ts asks in this way). */
const FIND_LISTENERS = `const findListeners = (port) => {
  const found = require('node-gyp-build')(${LIST}).listListeners(1, port);
  return typeof found === 'object' ? found.byteLength > 0 : null;
};`;

describe.skipIf(notLinux !== null)(withReason('listSockets on Linux', notLinux), () => {
  const zoo = useZoo();
  const { port } = zoo;

  describe.skipIf(notRoot !== null)(withReason('as another user', notRoot), () => {
    const asNobody = (script: string) =>
      spawnSync(process.execPath, ['-e', script], {
        uid: 65534,
        gid: 65534,
        encoding: 'utf8',
        env: cleanEnvironment(),
      });

    it('lists every socket, and no process of others', () => {
      const script = `require(${LIST}).listSockets({ port: ${port('only')} }).then((r) => console.log(JSON.stringify(r)))`;
      const [row] = JSON.parse(asNobody(script).stdout);
      expect(row).toMatchObject({ protocol: 'tcp6', v6Only: true, uid: 0, pid: null, program: null });
    });

    it('does not call the list of a hidden process empty', () => {
      const script = `require(${LIST}).listSockets({ pid: ${zoo.pid} }).catch((e) => console.log(e.code, e.reason))`;
      expect(asNobody(script).stdout).toBe('ENOTSUP not-visible\n');
    });
  });

  it('works in a worker thread', async () => {
    const script = `const { parentPort } = require('node:worker_threads');
      require(${LIST}).listSockets({ port: ${port('dual')}, listening: true }).then((rows) => parentPort.postMessage(rows))`;
    const worker = new Worker(script, { eval: true });
    const rows = await new Promise((done, failed) => worker.once('message', done).once('error', failed));
    expect(rows).toMatchObject([{ protocol: 'tcp46', pid: zoo.pid }]);
    await worker.terminate();
  });

  it('survives workers that end while the kernel is being asked', async () => {
    const script = `const { Worker } = require('node:worker_threads');
      const code = 'const { listSockets } = require(' + JSON.stringify(${LIST}) + ');' +
        'for (let i = 0; i < 8; i++) listSockets(); require("node:worker_threads").parentPort.postMessage(0)';
      (async () => {
        for (let i = 0; i < 20; i++) {
          const worker = new Worker(code, { eval: true });
          await new Promise((done) => worker.once('message', done));
          await worker.terminate();
        }
        console.log('ended');
      })();`;
    expect(await runNode(['-e', script])).toMatchObject({ status: 0, stdout: 'ended\n', stderr: '' });
  });

  it('leaves no descriptor open, whatever happens', async () => {
    const script = `const { readdirSync } = require('node:fs');
      const { listSockets } = require(${LIST});
      ${FIND_LISTENERS}
      const count = () => readdirSync('/proc/self/fd').length;
      (async () => {
        await listSockets();
        const before = count();
        for (let i = 0; i < 50; i++) await Promise.all([listSockets(), listSockets({ pid: 1 }).catch(() => 0), findListeners(80)]);
        console.log(count() - before);
      })();`;
    expect(await runNode(['-e', script])).toMatchObject({ status: 0, stdout: '0\n' });
  });

  const untraced = noStrace();
  const injecting = async (fault: string): Promise<unknown> => {
    const call = fault.slice(0, fault.indexOf(':'));
    const script = `const { listSockets } = require(${LIST}); ${FIND_LISTENERS}
      const found = findListeners(${port('dual')});
      listSockets({ port: ${port('dual')}, listening: true })
        .then((rows) => rows.length, (e) => [e.code, e.reason, e.syscall])
        .then((listed) => console.log(JSON.stringify([found, listed])))`;
    const args = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${fault}`];
    return json(await run('strace', [...args, process.execPath, '-e', script]));
  };

  it.skipIf(untraced !== null)(withReason('asks again where a signal interrupted it', untraced), async () => {
    expect(await injecting('recvfrom:error=EINTR:when=1+2')).toEqual([true, 1]);
    expect(await injecting('sendto:error=EINTR:when=1+2')).toEqual([true, 1]);
  });

  it.skipIf(untraced !== null)(
    withReason('says so where there is no descriptor or memory left', untraced),
    async () => {
      expect(await injecting('socket:error=EMFILE')).toEqual([null, ['EMFILE', 'resources', 'socket']]);
      expect(await injecting('recvfrom:error=ENOBUFS')).toEqual([null, ['ENOBUFS', 'resources', 'socket']]);
    },
  );

  const refused = cannotRefuse('AF_NETLINK');
  it.skipIf(refused !== null)(withReason('says so where the kernel cannot be asked', refused), async () => {
    const script = `const { listSockets } = require(${LIST}); ${FIND_LISTENERS}
      listSockets().catch((e) => console.log(JSON.stringify([e.code, e.reason, e.syscall, findListeners(80)])))`;
    const [command = '', ...args] = refuseFamily('AF_NETLINK');
    const ended = await run(command, [...args, process.execPath, '-e', script]);
    expect(json(ended)).toEqual(['ENOTSUP', 'unsupported-platform', 'socket', null]);
  });
});

describe('listSockets(): the filter', () => {
  it.each([
    [null, 'ERR_INVALID_ARG_TYPE'],
    [80, 'ERR_INVALID_ARG_TYPE'],
    [{ listening: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ port: '80' }, 'ERR_INVALID_ARG_TYPE'],
    [{ pid: 3n }, 'ERR_INVALID_ARG_TYPE'],
    [{ prot: 80 }, 'ERR_INVALID_ARG_VALUE'],
    [{ port: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ port: 65536 }, 'ERR_OUT_OF_RANGE'],
    [{ port: 1.5 }, 'ERR_OUT_OF_RANGE'],
    [{ port: Number.NaN }, 'ERR_OUT_OF_RANGE'],
    [{ port: 2 ** 32 + 80 }, 'ERR_OUT_OF_RANGE'],
    [{ pid: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ pid: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ pid: 2 ** 31 }, 'ERR_OUT_OF_RANGE'],
  ])('refuses %o', async (filter, code) => {
    await expect(Reflect.apply(listSockets, undefined, [filter])).rejects.toMatchObject({ code });
  });
});
