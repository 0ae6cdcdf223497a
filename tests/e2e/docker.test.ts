/**
 * Backend docker from the command line, on an engine of the test's own: runs that pass, harnesses that are killed,
 * engines that are missing, and what is left of all that.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Engine, type Kind, RUN_LABEL } from '../../harness/cluster/docker/engine.ts';
import { monotonicNs, sleep } from '../../harness/time.ts';
import { registerCommand } from '../fixtures/http-register.ts';
import { freePort, nodeTarball, startEngine, type TestEngine, whyNoEngine } from '../kits/docker.ts';
import { skipping } from '../kits/skipping.ts';
import { Workplace } from './cli.ts';

const why = whyNoEngine();

const BIN = fileURLToPath(new URL('../../bin/faultline.js', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../fixtures/http-register.mjs', import.meta.url));
const KINDS: readonly Kind[] = ['container', 'network', 'volume'];

const config = (image: string): string => `
name: registers
nodes: 3
docker: { image: "${image}", memory: 256MB, cpus: 1 }
${registerCommand(`["${process.execPath}", "${PROGRAM}"]`)}workload: register
opTimeout: 1s
`;

/** Network devices of this machine that are a network's bridge or lead to it: other tests have theirs meanwhile. */
const devicesOf = (network: string): string[] => {
  const bridge = `br-${network.slice(0, 12)}`;
  const leadsThere = (name: string): boolean => {
    try {
      return basename(readlinkSync(`/sys/class/net/${name}/master`)) === bridge;
    } catch {
      return name === bridge;
    }
  };
  return readdirSync('/sys/class/net').filter(leadsThere);
};

describe.skipIf(skipping('run --backend docker', why))('run --backend docker', () => {
  let own: TestEngine;
  let byTcp: string;
  let engine: Engine;
  let place: Workplace;

  beforeAll(async () => {
    byTcp = `tcp://127.0.0.1:${await freePort('127.0.0.1')}`;
    own = await startEngine([byTcp]);
    process.env['DOCKER_HOST'] = own.address;
    engine = new Engine();
    await engine.importImage(nodeTarball(own.folder, [PROGRAM]), 'registers:test');
    place = new Workplace();
    writeFileSync(place.file('faultline.yaml'), config('registers:test'));
  });

  afterAll(async () => {
    delete process.env['DOCKER_HOST'];
    place?.remove();
    await own?.stop();
  });

  const left = async (): Promise<string[]> => {
    const found = await Promise.all(KINDS.map((kind) => engine.marked(kind, RUN_LABEL)));
    return found.flat();
  };

  it('passes a correct system under faults of links, processes and clocks, and leaves nothing', async () => {
    const faults = [
      '--nemesis',
      'partition,loss,latency,bandwidth,duplicate,corrupt,reorder,kill,pause,clock',
      '--interval',
      '700ms',
      '--duration',
      '700ms',
    ];
    const words = ['--time-limit', '12s', '--rate', '100/s', '--seed', '5', '--settle', '20s'];
    const out = ['--json', '--out', 'passed'];
    const { code, stdout, stderr } = await place.run('run', 'faultline.yaml', ...faults, ...words, ...out);
    expect(code, stderr).toBe(0);
    const verdict = JSON.parse(stdout);
    expect(verdict).toMatchObject({ verdict: 'pass', backend: 'docker' });
    const { image, configuration } = JSON.parse(readFileSync(place.file('passed/run.json'), 'utf8'));
    // Made of a tarball: no registry ever had it.
    expect(image).toMatchObject({
      name: 'registers:test',
      id: expect.stringMatching(/^sha256:/),
      digest: null,
    });
    expect(image.engine).toContain(own.address);
    expect(configuration).toContainEqual({
      ...{ name: 'docker engine', value: own.address, from: 'environment', at: 'DOCKER_HOST' },
    });
    expect(verdict.faults.filter((fault: { state: string }) => fault.state === 'failed')).toEqual([]);
    expect(await left()).toEqual([]);
  });

  it('does the same to an engine of this machine by tcp', async () => {
    process.env['DOCKER_HOST'] = byTcp;
    try {
      const faults = [
        '--nemesis',
        'partition,latency,kill,pause,clock',
        '--interval',
        '500ms',
        '--duration',
        '500ms',
      ];
      const words = ['--time-limit', '6s', '--rate', '100/s', '--seed', '5', '--settle', '20s', '--json'];
      const { code, stdout, stderr } = await place.run('run', 'faultline.yaml', ...faults, ...words);
      expect(code, stderr).toBe(0);
      const verdict = JSON.parse(stdout);
      expect(verdict).toMatchObject({ verdict: 'pass', backend: 'docker' });
      expect(verdict.leftOut ?? []).toEqual([]);
      expect(verdict.faults.map(({ fault }: { fault: string }) => fault)).toContain('clock');
      expect(verdict.faults.filter((fault: { state: string }) => fault.state === 'failed')).toEqual([]);
      expect(await left()).toEqual([]);
    } finally {
      process.env['DOCKER_HOST'] = own.address;
    }
  });

  it('leaves containers when it is killed, which clean removes, and those of nobody else', async () => {
    const others = { [RUN_LABEL]: '/another/run', 'faultline.machine': 'elsewhere' };
    await engine.createVolume('somebody-elses', {});
    await engine.createVolume('of-another-run', others);
    onTestFinished(async () => {
      for (const kind of KINDS) {
        for (const id of await engine.marked(kind, RUN_LABEL)) await engine.remove(kind, id);
      }
    });
    const { child, done, says } = place.start(
      'run',
      'faultline.yaml',
      '--out',
      'killed',
      '--time-limit',
      '60s',
    );
    await says('load started');
    child.kill('SIGKILL');
    await done;
    expect(await left()).not.toEqual(['of-another-run']);
    const [network, ...further] = await engine.marked('network', RUN_LABEL);
    expect(further).toEqual([]);
    const made = devicesOf(network!);
    expect(made.join()).toMatch(/br-[0-9a-f]{12}/);
    const cleaned = await place.run('clean', 'killed', '--json');
    expect(cleaned.code, cleaned.stdout).toBe(0);
    expect(JSON.parse(cleaned.stdout)).toMatchObject([{ status: 'dead', clean: true }]);
    expect(cleaned.stdout).toMatch(/removed container [0-9a-f]{24}/);
    expect(await left()).toEqual(['of-another-run']);
    // The bridge of its network too, and every device that led to it.
    expect(made.filter((name) => existsSync(`/sys/class/net/${name}`))).toEqual([]);
    expect(await engine.marked('volume', '')).toContain('somebody-elses');
  });

  it('keeps and judges what it has when the engine dies, and cleans up once it is back', async () => {
    const doomed = await startEngine();
    process.env['DOCKER_HOST'] = doomed.address;
    let again: TestEngine | null = null;
    try {
      const image = 'registers:test';
      await new Engine().importImage(nodeTarball(doomed.folder, [PROGRAM]), image);
      const words = ['--out', 'orphaned', '--time-limit', '8s', '--rate', '100/s', '--nemesis', 'kill'];
      const { done, says } = place.start('run', 'faultline.yaml', ...words, '--settle', '5s', '--json');
      await says('load started');
      await sleep(2_500);
      const killedNs = monotonicNs();
      doomed.kill();
      const { code, stdout, stderr } = await done;
      expect(code, stderr).toBe(4);
      // Nobody is waited for who is gone.
      expect((monotonicNs() - killedNs) / 1e9).toBeLessThan(45);
      const verdict = JSON.parse(stdout);
      expect(verdict).toMatchObject({ verdict: 'broken', checkers: { linearizable: { verdict: 'pass' } } });
      expect(verdict.counts.ok).toBeGreaterThan(50);
      expect(stdout).toContain('no Docker engine answers at');
      expect(stderr).not.toMatch(/^\s+at .*\(/m);
      const cleanedLate = await place.run('clean', 'orphaned', '--json');
      expect(cleanedLate.code).not.toBe(0);
      again = await startEngine([], [], doomed.folder);
      const cleaned = await place.run('clean', 'orphaned', '--json');
      expect(cleaned.code, cleaned.stdout).toBe(0);
      expect(await Promise.all(KINDS.map((kind) => new Engine().marked(kind, RUN_LABEL)))).toEqual([
        [],
        [],
        [],
      ]);
    } finally {
      process.env['DOCKER_HOST'] = own.address;
      await again?.stop();
      await doomed.stop();
    }
  });

  it('runs what an image starts by itself', async () => {
    mkdirSync(place.file('image'));
    const start = JSON.stringify([process.execPath, PROGRAM]);
    writeFileSync(place.file('image', 'Dockerfile'), `FROM registers:test\nCMD ${start}\n`);
    const own = config('registers:test')
      .replace('image: "registers:test"', 'build: ./image')
      .replace(/\n {2}start: .*/, '');
    expect(own).not.toContain('start:');
    writeFileSync(place.file('own.yaml'), own);
    const { code, stdout, stderr } = await place.run('run', 'own.yaml', '--time-limit', '2s', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'pass', backend: 'docker' });
    expect(await left()).toEqual([]);
  });

  it('says in one sentence that an image is missing, and which command gets it', async () => {
    const { code, stdout } = await place.run('run', 'faultline.yaml', '--image', 'no-such-image:1', '--json');
    expect(code).toBe(4);
    const words = JSON.stringify(JSON.parse(stdout));
    expect(words).toContain('has no image no-such-image:1');
    expect(words).toContain('docker pull no-such-image:1');
    expect(await left()).toEqual([]);
  });

  it('keeps and judges what it has when the disk of the harness is full', async () => {
    mkdirSync(place.file('disk'));
    const run = `"${process.execPath}" "${BIN}" run faultline.yaml --nemesis latency --time-limit 20s --rate 2000 --out disk/run`;
    // A disk seen by this command alone, which somebody fills once there is something to judge, however long that takes.
    const some = '[ "$(stat -c %s disk/run/history.jsonl 2>/dev/null || echo 0)" -gt 40000 ]';
    const fill = `until ${some}; do sleep 0.1; done; cat /dev/zero >disk/fill`;
    const script = `mount -t tmpfs -o size=16m tmpfs disk && { (${fill}) 2>/dev/null & ${run}; code=$?; kill $! 2>/dev/null; cp disk/run/verdict.json full.json; exit $code; }`;
    const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script], {
      cwd: place.path,
      env: { ...process.env, NO_COLOR: '1', CI: 'true' },
      encoding: 'utf8',
    });
    const text = stdout + stderr;
    expect(status, text).toBe(4);
    expect(text).toMatch(/cannot write the journal .*ENOSPC/);
    expect(text).not.toMatch(/^\s+at .*\(/m);
    const verdict = JSON.parse(readFileSync(place.file('full.json'), 'utf8'));
    expect(verdict).toMatchObject({ verdict: 'broken', checkers: { linearizable: { verdict: 'pass' } } });
    expect(await left()).toEqual([]);
  });

  it('says in one sentence that what listens is no engine', async () => {
    const socket = place.file('other.sock');
    const server = createServer((peer) => void peer.on('error', () => undefined).end('+PONG\r\n'));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    process.env['DOCKER_HOST'] = `unix://${socket}`;
    try {
      const { code, stdout, stderr } = await place.run('run', 'faultline.yaml', '--json');
      expect(code).toBe(4);
      expect(stdout).toContain(`Docker at unix://${socket} does not answer`);
      expect(stderr).not.toMatch(/^\s+at .*\(/m);
    } finally {
      process.env['DOCKER_HOST'] = own.address;
      server.close();
    }
  });

  it('says in one sentence whose the socket is, to a user who may not use it', () => {
    // The engine's folder lets others through, its socket does not let them in.
    chmodSync(own.folder, 0o755);
    const socket = `${own.folder}/docker.sock`;
    const home = mkdtempSync(`${tmpdir()}/faultline-other-`);
    try {
      cpSync(place.file('faultline.yaml'), `${home}/faultline.yaml`);
      for (const path of [home, `${home}/faultline.yaml`]) chownSync(path, 1001, 1001);
      const asOther = (...words: string[]) =>
        spawnSync(
          'setpriv',
          ['--reuid', '1001', '--regid', '1001', '--clear-groups', process.execPath, BIN, ...words],
          { cwd: home, env: { ...process.env, HOME: home, NO_COLOR: '1', CI: 'true' }, encoding: 'utf8' },
        );
      chownSync(socket, 0, 4321);
      const { status, stdout, stderr } = asOther('run', 'faultline.yaml', '--out', 'run');
      // Long sentences are broken to the width of a terminal.
      const text = (stdout + stderr).replace(/\s+/g, ' ');
      if (text.includes('Cannot find module')) {
        return void process.stderr.write(`skipped: ${BIN} is not for other users\n`);
      }
      expect(status, text).toBe(4);
      const fix = 'sudo groupadd -g 4321 docker; sudo usermod -aG docker $USER';
      expect(text).toContain(
        `no permission to use Docker at ${own.address}: its socket is for group 4321 (${fix}`,
      );
      expect(stdout + stderr).not.toMatch(/^\s+at .*\(/m);
      const verdict = JSON.parse(readFileSync(`${home}/run/verdict.json`, 'utf8'));
      expect(verdict).toMatchObject({ verdict: 'broken' });
      expect(asOther('doctor').stdout).toContain('permission denied: its socket is for group 4321');
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('says in one sentence that no engine answers', async () => {
    for (const [address, reason] of [
      ['unix:///no/such/socket', 'no Docker engine answers at unix:///no/such/socket: ENOENT'],
      ['tcp://127.0.0.1:9', 'no Docker engine answers at tcp://127.0.0.1:9: ECONNREFUSED'],
      [
        'ssh://root@127.0.0.1:9',
        'Docker at ssh://root@127.0.0.1:9 does not answer: root@127.0.0.1:9 does not answer: nobody listens at port 9',
      ],
    ] as const) {
      process.env['DOCKER_HOST'] = address;
      // Whoever runs the tests may have no key to show.
      process.env['FAULTLINE_SSH_PASSWORD'] = 'none';
      try {
        const { code, stdout } = await place.run('run', 'faultline.yaml', '--json');
        expect(code).toBe(4);
        expect(stdout).toContain(reason);
      } finally {
        delete process.env['FAULTLINE_SSH_PASSWORD'];
        process.env['DOCKER_HOST'] = own.address;
      }
    }
  });
});
