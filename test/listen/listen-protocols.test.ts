/** Requests, upgrades, TLS and keep-alive over both families of one server. */
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type net from 'node:net';
import tls from 'node:tls';
import { Pool } from 'undici';
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/index';
import { cleanUp, closing, expectNoLeaks } from '../harness/leaks';
import { connected, curl, HOSTS, type Host } from '../harness/peers';
import { certificate } from '../harness/servers';
import { tryConnect } from '../harness/sockets';

expectNoLeaks();

interface Request {
  socket: { remoteAddress?: string | undefined };
  httpVersion: string;
}
interface Response {
  end(text: string): unknown;
}
const answer = (req: Request, res: Response) =>
  void res.end(`${req.socket.remoteAddress} ${req.httpVersion}`);

const WEB: readonly [string, () => net.Server, scheme: string, flags: string[], version: string][] = [
  ['http', () => http.createServer(answer), 'http', [], '1.1'],
  ['https', () => https.createServer(certificate(), answer), 'https', ['--http1.1'], '1.1'],
  ['http2', () => http2.createServer(answer), 'http', ['--http2-prior-knowledge'], '2.0'],
  ['secure http2', () => http2.createSecureServer(certificate(), answer), 'https', ['--http2'], '2.0'],
  [
    'secure http2 with HTTP/1',
    () => http2.createSecureServer({ ...certificate(), allowHTTP1: true }, answer),
    'https',
    ['--http1.1'],
    '1.1',
  ],
];

describe.each(WEB)('listen(): %s', (_name, make, scheme, flags, version) => {
  it("'request' comes with curl -6 and curl -4, from plain addresses", async () => {
    const server = closing(make());
    const { port, close } = await listen(server, {});
    for (const host of HOSTS) {
      expect(await curl(host, `${scheme}://localhost:${port}/`, ...flags)).toBe(`${host} ${version}`);
    }
    await close();
  });
});

it.each(HOSTS)("listen(): tls: 'secureConnection' from %s", async (host) => {
  const server = closing(tls.createServer(certificate()));
  const { port } = await listen(server, {});
  const seen = new Promise<tls.TLSSocket>((resolve) => server.once('secureConnection', resolve));
  const client = tls.connect({ port, host, rejectUnauthorized: false });
  cleanUp(() => client.destroy());
  const [socket] = await Promise.all([seen, once(client, 'secureConnect')]);
  socket.on('error', () => undefined);
  expect([socket.remoteAddress, socket.authorized, socket.encrypted]).toEqual([host, false, true]);
  const reply = once(client, 'data');
  socket.end('hello');
  expect(String((await reply)[0])).toBe('hello');
});

it.each(HOSTS)('listen(): tls: a session is resumed from %s', async (host) => {
  const server = closing(tls.createServer(certificate(), (socket) => socket.end('x')));
  const { port } = await listen(server, {});
  let session: Buffer | undefined;
  const reused: boolean[] = [];
  for (let i = 0; i < 2; i++) {
    const client = tls.connect({ port, host, rejectUnauthorized: false, ...(session ? { session } : {}) });
    client.on('session', (ticket) => {
      session = ticket;
    });
    client.once('secureConnect', () => reused.push(client.isSessionReused()));
    client.resume();
    await once(client, 'close');
  }
  expect(reused).toEqual([false, true]);
});

it.each(HOSTS)("listen(): http: 'upgrade' and 'connect' from %s", async (host) => {
  const server = closing(http.createServer());
  for (const event of ['upgrade', 'connect']) {
    server.on(event, (_req: http.IncomingMessage, socket: net.Socket) => {
      socket.end(`HTTP/1.1 101 Switching\r\n\r\n${event} ${socket.remoteAddress}`);
    });
  }
  const { port } = await listen(server, {});
  const ask = async (text: string) => {
    const client = await connected(host, port);
    let got = '';
    client.setEncoding('utf8').on('data', (chunk: string) => {
      got += chunk;
    });
    client.write(text);
    await once(client, 'close');
    return got.split('\r\n\r\n')[1];
  };
  expect(await ask('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')).toBe(
    `upgrade ${host}`,
  );
  expect(await ask('CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n')).toBe(`connect ${host}`);
});

async function get(port: number, host: Host, agent: http.Agent): Promise<string> {
  const request = http.get({ port, host, agent });
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

it('listen(): keep-alive agents keep one connection per family, and close() ends idle ones', async () => {
  const server = closing(http.createServer(answer));
  let connections = 0;
  server.on('connection', () => {
    connections++;
  });
  const { port, close } = await listen(server, {});
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  cleanUp(() => agent.destroy());
  for (const host of HOSTS) {
    for (let i = 0; i < 5; i++) expect(await get(port, host, agent)).toBe(`${host} 1.1`);
  }
  expect(connections).toBe(2);
  for (const host of HOSTS) {
    const pool = new Pool(`http://${host.includes(':') ? `[${host}]` : host}:${port}`, { connections: 1 });
    cleanUp(() => pool.destroy());
    for (let i = 0; i < 5; i++) {
      const { body } = await pool.request({ path: '/', method: 'GET' });
      expect(await body.text()).toBe(`${host} 1.1`);
    }
  }
  expect(connections).toBe(4);
  await close();
  expect(await Promise.all(HOSTS.map((host) => tryConnect(host, port)))).toEqual([
    'ECONNREFUSED',
    'ECONNREFUSED',
  ]);
});

it('listen(): http2 sessions over both families', async () => {
  const server = closing(http2.createServer(answer));
  const { port } = await listen(server, {});
  for (const host of HOSTS) {
    const session = http2.connect(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
    cleanUp(() => session.destroy());
    const answers = await Promise.all(
      [1, 2, 3].map(async () => {
        const stream = session.request({ ':path': '/' }).setEncoding('utf8');
        let text = '';
        for await (const chunk of stream) text += chunk;
        return text;
      }),
    );
    expect(answers).toEqual(Array(3).fill(`${host} 2.0`));
    session.close();
    await once(session, 'close');
  }
});
