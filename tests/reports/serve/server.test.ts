import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { get, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventLog } from '../../../harness/store/event-log.ts';
import { reportServer } from '../../../reports/serve/server.ts';
import { planReadyIn } from '../../kits/plan-ready.ts';
import { bullyParts, endingParts, writeRunFolder } from '../fixtures.ts';

const HOSTILE = `<img src=x onerror=alert(1)>"'&`;
const ID = 'demo-bully/20261101T000000.000Z-7';
let dir: string;
let open: Server;
let guarded: Server;

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function ask(
  server: Server,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

const listening = (server: Server): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-serve-'));
  const at = (...parts: string[]): string => join(dir, '.faultline', ...parts);
  writeFileSync(join(dir, 'secret.txt'), 'secret');
  writeRunFolder(bullyParts(), at(...ID.split('/')));
  const hostile = endingParts('pass');
  hostile.run = { ...(hostile.run as object), name: HOSTILE, system: HOSTILE };
  hostile.verdict = { ...(hostile.verdict as object), sentence: HOSTILE };
  writeRunFolder(hostile, at('hostile', '20261102T000000.000Z-8'));
  mkdirSync(at('hostile', '20261102T000000.000Z-8', 'logs', 'n1'), { recursive: true });
  writeFileSync(
    at('hostile', '20261102T000000.000Z-8', 'logs', 'n1', 'out.html'),
    '<script>alert(1)</script>',
  );
  open = reportServer(dir, null);
  guarded = reportServer(dir, 'a-good-token');
  await Promise.all([listening(open), listening(guarded)]);
});
afterAll(async () => {
  for (const server of [open, guarded]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(dir, { recursive: true, force: true });
});

describe('the server of runs', () => {
  it('lists them, under a policy without inline code of others and without frames', async () => {
    const { status, headers, body } = await ask(open, '/');
    expect(status).toBe(200);
    expect(body).toContain(`/store/${ID}/report.html`);
    expect(body).toMatch(/data-verdict="fail" data-name="demo-bully"/);
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('escapes whatever runs are called', async () => {
    for (const path of ['/', '/rows']) {
      const { body } = await ask(open, path);
      expect(body).not.toContain('<img src=x');
      expect(body).toContain('&lt;img src=x onerror=alert(1)&gt;');
    }
  });

  it('sends the report of a run that has none, from what is stored', async () => {
    const { status, headers, body } = await ask(open, `/store/${ID}/report.html`);
    expect(status).toBe(200);
    expect(body).toMatch(/^<!doctype html>/);
    expect(body).toContain('</html>');
    expect(String(headers['content-security-policy'])).toMatch(/^default-src 'none'.*frame-ancestors 'none'/);
  });

  it('sends other files of a run as what a browser runs nothing of', async () => {
    const json = await ask(open, `/store/${ID}/verdict.json`);
    expect(JSON.parse(json.body).verdict).toBe('fail');
    const log = await ask(open, '/store/hostile/20261102T000000.000Z-8/logs/n1/out.html');
    expect(log.body).toBe('<script>alert(1)</script>');
    for (const { headers } of [json, log]) expect(headers['content-security-policy']).toMatch(/sandbox$/);
  });

  it.each([
    ['/store/../secret.txt', 404],
    ['/store/%2e%2e/secret.txt', 404],
    ['/store/..%2fsecret.txt', 404],
    ['/store/demo-bully/..%2f..%2f..%2fsecret.txt', 404],
    ['/store//etc/passwd', 404],
    ['/live/nobody/here', 404],
    ['/live/nobody/here/events', 404],
    ['/%zz', 400],
    ['/anything', 404],
  ])('finds nothing at %s', async (path, status) => {
    const answer = await ask(open, path);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain('secret');
  });

  it('answers at addresses of this machine only, and to who reads only', async () => {
    expect((await ask(open, '/', { host: 'evil.example' })).status).toBe(403);
    expect((await ask(open, '/', { host: '127.0.0.1.evil.example' })).status).toBe(403);
    expect((await ask(open, '/', { host: 'localhost:7171' })).status).toBe(200);
    expect((await ask(open, '/', {}, 'POST')).status).toBe(405);
  });
});

describe('a token', () => {
  it('is asked for everywhere, and is remembered without staying in the address', async () => {
    for (const path of ['/', '/runs.json', `/store/${ID}/report.html`, '/?token=wrong']) {
      expect((await ask(guarded, path)).status).toBe(401);
    }
    const first = await ask(guarded, '/rows?token=a-good-token');
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/rows');
    const [cookie] = first.headers['set-cookie']!;
    expect(cookie).toContain('HttpOnly; SameSite=Strict');
    expect((await ask(guarded, '/', { cookie: cookie!.split(';')[0]! })).status).toBe(200);
    expect((await ask(guarded, '/', { authorization: 'Bearer a-good-token' })).status).toBe(200);
    expect((await ask(guarded, '/', { cookie: 'faultline-token=%zz' })).status).toBe(401);
  });
});

describe('a run that goes on', () => {
  function stream(path: string): {
    text: () => string;
    ended: Promise<void>;
    until(part: string): Promise<void>;
  } {
    const { port } = open.address() as AddressInfo;
    let text = '';
    const waiting: { part: string; resolve: () => void }[] = [];
    const ended = new Promise<void>((resolve) => {
      get({ host: '127.0.0.1', port, path }, (response) => {
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          for (const { part, resolve: done } of waiting) if (text.includes(part)) done();
        });
        response.on('end', resolve);
      });
    });
    const until = (part: string): Promise<void> =>
      new Promise((resolve) => {
        if (text.includes(part)) resolve();
        else waiting.push({ part, resolve });
      });
    return { text: () => text, ended, until };
  }

  it('is told event by event to its end', async () => {
    const folder = join(dir, '.faultline', 'live', '20261105T000000.000Z-1');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'plan.json'), '{}');
    const log = new EventLog();
    log.handle(planReadyIn(folder));
    expect((await ask(open, '/live/live/20261105T000000.000Z-1')).body).toContain('data-run="live/2026');
    const events = stream('/live/live/20261105T000000.000Z-1/events');
    await events.until('"kind":"plan-ready"');
    expect(events.text()).not.toContain('"pid"');
    log.handle({ kind: 'notice', text: 'while somebody looks' });
    await events.until('while somebody looks');
    log.handle({ kind: 'ended', verdict: 'pass', sentence: 'held', interrupted: false });
    await events.ended;
    expect(events.text()).toMatch(/"kind":"ended".*\n\nevent: over/);
  });

  it('is told to be gone when who made it is', async () => {
    const folder = join(dir, '.faultline', 'gone', '20261106T000000.000Z-1');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'plan.json'), '{}');
    const head = { schema: 1, pid: process.pid, startTicks: 1, pidNamespace: null };
    writeFileSync(join(folder, 'events.jsonl'), `${JSON.stringify(head)}\n`);
    utimesSync(join(folder, 'events.jsonl'), 1000, 1000);
    const events = stream('/live/gone/20261106T000000.000Z-1/events');
    await events.ended;
    expect(events.text()).toContain('event: gone');
  });

  it('changes the list when it ends', async () => {
    const folder = join(dir, '.faultline', 'ends', '20261107T000000.000Z-1');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'plan.json'), '{}');
    const changes = stream('/changes');
    await changes.until('connected');
    writeFileSync(join(folder, 'verdict.json'), JSON.stringify(endingParts('pass').verdict));
    await changes.until('event: changed');
    const { body } = await ask(open, '/runs.json');
    expect(JSON.parse(body)[0]).toMatchObject({ id: 'ends/20261107T000000.000Z-1', standing: 'pass' });
  });
});
