/**
 * A Docker engine of a test's own: started on its own socket with its own data, ended with the test file. Somebody
 * else's engine is never used. Where none can be started, tests skip and print why.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Engine } from '../../harness/cluster/docker/engine.ts';
import { processTable } from '../../harness/cluster/proc.ts';
import { monotonicNs, sleep } from '../../harness/time.ts';

/** The image of chatty nodes, on the engines of tests. */
export const CHATTY_IMAGE = 'chatty:test';

const START_MS = 60_000;

/** An engine that runs, until `stop`. */
export interface TestEngine {
  /** As in DOCKER_HOST. */
  address: string;
  /** A folder of the test's own; removed by `stop`. */
  folder: string;
  stop(): Promise<void>;
  /** Ends the engine at once, as a machine that fails; its containers go with it. */
  kill(): void;
}

/** Why no engine can be started here; null: one can. */
export function whyNoEngine(): string | null {
  if (process.platform !== 'linux') return 'Docker engines of tests need Linux';
  if (process.getuid?.() !== 0) return 'only root may start a Docker engine';
  const missing = ['dockerd', 'containerd', 'runc', 'nsenter', 'nft', 'busybox'].filter(
    (name) => !onPath(name),
  );
  if (missing.length === 0) return null;
  return `not installed: ${missing.join(', ')} (apt-get install docker.io util-linux nftables busybox-static)`;
}

/** A port nobody listens at, at an address of this machine. */
export function freePort(host: string): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, host, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function onPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, name)));
}

/**
 * Starts an engine. `listen`: addresses beside its socket; `words`: what it is started under; `folder`: that of an engine
 * that was killed, whose data it takes over.
 */
export async function startEngine(
  listen: readonly string[] = [],
  words: readonly string[] = [],
  folder = mkdtempSync(join(tmpdir(), 'faultline-docker-')),
): Promise<TestEngine> {
  const address = `unix://${folder}/docker.sock`;
  const at = (name: string): string => join(folder, name);
  rmSync(at('pid'), { force: true });
  const child = spawn(
    'setpriv',
    [
      // Should this process be killed, the engine ends as it does when asked to.
      ...['--pdeathsig', 'TERM', '--', ...words, 'dockerd'],
      ...[address, ...listen].flatMap((host) => ['--host', host]),
      ...['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')],
      // Nothing of the machine's own network is touched.
      ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, DOCKER_HOST: '' } },
  );
  let words_ = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words_ = (words_ + chunk.toString()).slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(15_000)]);
    killAll(folder);
    child.kill('SIGKILL');
    await ended;
    for (let round = 0; round < 100 && ofEngine(folder).length > 0; round++) await sleep(20);
    removeBridges(at('data/network/files/local-kv.db'));
    spawnSync('sh', ['-c', `grep -o '${folder}[^ ]*' /proc/mounts | sort -r | xargs -r -n1 umount -l`]);
    rmSync(folder, { recursive: true, force: true });
  };
  const engine = new Engine(address);
  const end = monotonicNs() + START_MS * 1e6;
  for (;;) {
    const answers = await engine.version(1_000).then(
      () => true,
      () => false,
    );
    if (answers) return { address, folder, stop, kill: () => void killAll(folder) };
    if (child.exitCode !== null || monotonicNs() > end) {
      await stop();
      throw new Error(`the engine did not start:\n${words_}`);
    }
    await sleep(50);
  }
}

/** Bridges of networks that an engine had when it was killed: those alone that its own book of networks names. */
function removeBridges(book: string): void {
  if (!existsSync(book)) return;
  const names = new Set(readFileSync(book, 'latin1').match(/br-[0-9a-f]{12}/g) ?? []);
  const left = [...names].filter((name) => existsSync(`/sys/class/net/${name}`));
  for (const name of left) spawnSync('ip', ['link', 'del', name]);
}

/** SIGKILL to the engine, what it started, and its containers: to those processes alone that name its folder. */
function killAll(folder: string): void {
  for (const pid of ofEngine(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Processes of an engine, what it started, and its containers: those alone that name its folder. */
function ofEngine(folder: string): number[] {
  return processTable().flatMap(({ pid }) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      const groups = readFileSync(`/proc/${pid}/cgroup`, 'latin1');
      const isOurs =
        words.includes(folder) && /^(dockerd|containerd|docker-proxy|\S*containerd-shim)/.test(words);
      return isOurs || groups.includes(folder) ? [pid] : [];
    } catch {
      return [];
    }
  });
}

/**
 * A root file system as a tar archive: Node and the libraries it needs, the given files at the paths they have here,
 * and a busybox that is `sleep`, `sh` and `cat`.
 */
export function nodeTarball(folder: string, files: readonly string[]): string {
  const root = join(folder, 'root');
  const put = (path: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(realpathSync(path), join(root, path), { recursive: true });
  };
  for (const path of [process.execPath, ...libraries(process.execPath), ...files]) put(path);
  mkdirSync(join(root, 'bin'), { recursive: true });
  cpSync(which('busybox'), join(root, 'bin/busybox'));
  for (const name of ['sh', 'sleep', 'cat', 'true', 'env', 'date'])
    symlinkSync('busybox', join(root, 'bin', name));
  // There already where the programs themselves are below /tmp.
  mkdirSync(join(root, 'tmp'), { recursive: true });
  const tarball = join(folder, 'root.tar');
  const { status, stderr } = spawnSync('tar', ['-C', root, '-cf', tarball, '.']);
  if (status !== 0) throw new Error(`tar: ${String(stderr)}`);
  rmSync(root, { recursive: true });
  return tarball;
}

function libraries(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!);
}

function which(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))!;
}

/** The number a process of a container has on this machine, given the one it has in the container. */
export function outerPid(pids: readonly number[], inner: number): number | undefined {
  return pids.find((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^NSpid:.*\s(\d+)$/m.exec(status)?.[1]) === inner;
  });
}
