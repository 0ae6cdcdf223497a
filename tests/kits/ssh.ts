/**
 * Machines of a test's own: each an sshd in a network and a process namespace of its own, with its own host key, all on one
 * bridge. Ending an sshd ends everything on its machine, as a power cut does. Nobody else's sshd is touched; where none can
 * be started, tests skip and print why.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshOptions } from '../../harness/cluster/ssh/ssh-options.ts';
import { monotonicNs, sleep } from '../../harness/time.ts';

const START_MS = 60_000;
const NEEDED = ['/usr/sbin/sshd', 'ssh-keygen', 'ip', 'nft', 'unshare', 'setsid'];

/** Why no machines can be made here; null: they can. */
export function whyNoMachines(): string | null {
  if (process.platform !== 'linux') return 'machines of tests need Linux';
  if (process.getuid?.() !== 0) return 'only root may start an sshd in a namespace';
  const missing = NEEDED.filter((name) => !onPath(name));
  if (missing.length > 0)
    return `not installed: ${missing.join(', ')} (apt-get install openssh-server iproute2 nftables util-linux)`;
  const tried = spawnSync('ip', ['netns', 'add', `sshd${process.pid}try`]);
  spawnSync('ip', ['netns', 'del', `sshd${process.pid}try`]);
  return tried.status === 0 ? null : 'this kernel gives no network namespaces';
}

/** Whether machines can have users who use sudo. */
export function hasSudo(): boolean {
  return onPath('sudo');
}

function onPath(name: string): boolean {
  if (name.startsWith('/')) return existsSync(name);
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, name)));
}

function must(file: string, ...args: string[]): string {
  const { status, stderr, stdout } = spawnSync(file, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** What is different about a machine. */
export interface Boot {
  /** Lines of sshd_config; of several that say the same, the first holds. */
  config?: readonly string[];
  /** Commands before its sshd starts, in its own mounts: `hide(...)`, `users(...)`. */
  setup?: readonly string[];
}

/** A user there who is not root, and who may use sudo without a password if that is said. */
export const ORDINARY = 'ordinary';
/** The password of that user. */
export const PASSWORD = 'correct horse';

/** One machine. */
export class Machine {
  readonly ip: string;
  readonly space: string;
  readonly folder: string;
  readonly port = 2222;
  boots = 0;
  #sshd: ChildProcess | null = null;

  constructor(ip: string, space: string, folder: string) {
    this.ip = ip;
    this.space = space;
    this.folder = folder;
    mkdirSync(join(folder, 'home'), { recursive: true });
    // Shared by nobody: `/var/tmp` of this machine.
    mkdirSync(join(folder, 'var'), { recursive: true });
    chmodSync(join(folder, 'var'), 0o1777);
    must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'hostkey'));
  }

  /** The public part of its host key, as known_hosts wants it. */
  hostKey(): string {
    const [type, key] = readFileSync(join(this.folder, 'hostkey.pub'), 'utf8').split(' ');
    return `[${this.ip}]:${this.port} ${type} ${key}\n`;
  }

  /** Starts it: sshd is the first process of its process namespace. */
  async boot({ config = [], setup = [] }: Boot = {}): Promise<void> {
    this.boots++;
    const at = (name: string): string => join(this.folder, name);
    const id = `${String(this.boots).padStart(8, '0')}-${this.space}-${process.pid}`;
    writeFileSync(at('boot_id'), `${id}\n`);
    writeFileSync(
      at('sshd_config'),
      [
        ...config,
        ...[`Port ${this.port}`, `ListenAddress ${this.ip}`, `HostKey ${at('hostkey')}`],
        ...[`AuthorizedKeysFile ${join(this.folder, '..', 'authorized')}`, 'StrictModes no', 'UsePAM no'],
        ...['PidFile none', 'PasswordAuthentication no', 'PermitRootLogin prohibit-password', 'PrintMotd no'],
        // Start-up files of whoever runs the tests have no say.
        ...[`SetEnv HOME=${at('home')}`, 'Subsystem sftp internal-sftp', 'LogLevel ERROR'],
      ].join('\n'),
    );
    const words = [
      `mount --bind ${at('boot_id')} /proc/sys/kernel/random/boot_id`,
      `mount --bind ${at('var')} /var/tmp`,
      'mkdir -p /run/sshd',
      ...setup,
      `exec /usr/sbin/sshd -D -e -f ${at('sshd_config')}`,
    ];
    const inside = [
      'unshare',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
      words.join(' && '),
    ];
    const sshd = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', 'ip', 'netns', 'exec', this.space, ...inside],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    sshd.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    this.#sshd = sshd;
    const end = monotonicNs() + START_MS * 1e6;
    while (!(await this.answers())) {
      if (sshd.exitCode !== null || monotonicNs() > end) throw new Error(`sshd did not start:\n${said}`);
      await sleep(20);
    }
  }

  answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: this.ip, port: this.port, timeout: 500 });
      const settle = (answered: boolean) => (): void => {
        resolve(answered);
        socket.destroy();
      };
      socket.once('data', settle(true));
      for (const event of ['error', 'timeout', 'close']) socket.once(event, settle(false));
    });
  }

  /** Makes it have no such programs, should they be installed here; a command for `setup`. */
  hide(...programs: string[]): string {
    const nothing = join(this.folder, 'nothing');
    writeFileSync(nothing, '');
    return programs
      .map((program) => `{ ! command -v ${program} || mount --bind ${nothing} $(command -v ${program}); }`)
      .join(' && ');
  }

  /** Makes it have the ordinary user; a command for `setup`. */
  ordinary(mayUseSudo: boolean): string {
    const changed = (path: string, name: string, text: string, mode: number): string => {
      writeFileSync(join(this.folder, name), text, { mode });
      return `mount --bind ${join(this.folder, name)} ${path}`;
    };
    const hash = must('openssl', 'passwd', '-6', PASSWORD).trim();
    const before = (path: string): string => readFileSync(path, 'utf8').trimEnd();
    const home = join(this.folder, 'home');
    return [
      changed(
        '/etc/passwd',
        'passwd',
        `${before('/etc/passwd')}\n${ORDINARY}:x:23456:23456::${home}:/bin/sh\n`,
        0o644,
      ),
      changed(
        '/etc/shadow',
        'shadow',
        `${before('/etc/shadow')}\n${ORDINARY}:${hash}:19000:0:99999:7:::\n`,
        0o600,
      ),
      ...(existsSync('/etc/sudoers')
        ? [
            changed(
              '/etc/sudoers',
              'sudoers',
              mayUseSudo ? `${ORDINARY} ALL=(ALL) NOPASSWD: ALL\n` : '',
              0o440,
            ),
          ]
        : []),
    ].join(' && ');
  }

  /** Gives it a `date` with a clock of its own: the real one is that of whoever runs the tests. A command for `setup`. */
  ownClock(): string {
    const at = (name: string): string => join(this.folder, name);
    const date = must('sh', '-c', 'command -v date').trim();
    copyFileSync(realpathSync(date), at('date.real'));
    chmodSync(at('date.real'), 0o755);
    const script = [
      '#!/bin/sh',
      `real=$(${at('date.real')} +%s%N)`,
      `off=$(cat ${at('offset')} 2>/dev/null || echo 0)`,
      'case $1 in',
      // The 1 keeps zeros in front from making it octal.
      `-s) t=\${2#@}; echo $((\${t%.*} * 1000000000 + 1\${t#*.} - 1000000000 - real)) >${at('offset')} ;;`,
      '+%s%N) echo $((real + off)) ;;',
      '*) echo "this clock does not do $*" >&2; exit 1 ;;',
      'esac',
    ];
    writeFileSync(at('date'), script.join('\n'), { mode: 0o755 });
    return `mount --bind ${at('date')} ${date} && grep -q date.real ${date}`;
  }

  /** How wrong that clock is, ns. */
  offsetNs(): number {
    return existsSync(join(this.folder, 'offset'))
      ? Number(readFileSync(join(this.folder, 'offset'), 'utf8'))
      : 0;
  }

  /** Processes on it besides its sshd: the script, nodes, and whatever they started. */
  processes(): string[] {
    const pids = must('ip', 'netns', 'pids', this.space).split('\n').filter(Boolean);
    return pids.flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return words === '' || /^(unshare|sshd|\/usr\/sbin\/sshd)/.test(words) ? [] : [words];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
  }

  /** Power is gone: every process of it ends at once, and what the kernel held for it. */
  async halt(): Promise<void> {
    const sshd = this.#sshd;
    this.#sshd = null;
    if (sshd === null) return;
    const ended =
      sshd.exitCode !== null || sshd.signalCode !== null
        ? Promise.resolve()
        : new Promise((resolve) => sshd.once('exit', resolve));
    sshd.kill('SIGKILL');
    await ended;
    this.inside('nft flush ruleset');
  }

  /** Its network is unplugged, or plugged in again; everything on it goes on. */
  plug(isIn: boolean): void {
    must('ip', 'link', 'set', `${this.space}h`, isIn ? 'up' : 'down');
  }

  /** What a command in its network says. */
  inside(command: string): string {
    return spawnSync('ip', ['netns', 'exec', this.space, 'sh', '-c', command], { encoding: 'utf8' }).stdout;
  }

  /** Files of runs that are on it. */
  left(): string[] {
    return spawnSync('ls', ['-A', join(this.folder, 'var')], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((name) => name !== '' && !name.startsWith('faultline-cache-'));
  }

  /** Rules and queues of runs that are on it. */
  rules(): string {
    return this.inside('nft list ruleset | grep -E "(table|chain) "; tc qdisc show | grep -v noqueue');
  }
}

/** Users of the machines get at what is in it. */
function shared(folder: string): string {
  chmodSync(folder, 0o755);
  return folder;
}

/** Machines on one bridge. */
export class Machines {
  readonly folder = shared(mkdtempSync(join(tmpdir(), 'fl-ssh-')));
  readonly all: Machine[] = [];
  readonly key = join(this.folder, 'key');
  readonly knownHosts = join(this.folder, 'known_hosts');
  /** Of the folder, which nobody else has: tests run side by side, and no device of the product has such a name. */
  readonly #own = createHash('sha256').update(this.folder).digest();
  readonly #name = `sshd${this.#own.toString('hex', 0, 3)}`;

  /** Makes and starts so many. */
  static async start(
    count: number,
    bootOf: (machine: Machine, i: number) => Boot = () => ({}),
  ): Promise<Machines> {
    const machines = new Machines();
    try {
      await machines.#make(count, bootOf);
    } catch (error) {
      await machines.stop();
      throw error;
    }
    return machines;
  }

  async #make(count: number, bootOf: (machine: Machine, i: number) => Boot): Promise<void> {
    must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', this.key);
    appendFileSync(join(this.folder, 'authorized'), readFileSync(`${this.key}.pub`));
    const prefix = this.#freePrefix();
    must('ip', 'link', 'add', this.#name, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0');
    must('ip', 'addr', 'add', `${prefix}.1/24`, 'dev', this.#name);
    must('ip', 'link', 'set', this.#name, 'up');
    for (let i = 0; i < count; i++) {
      const space = `${this.#name}m${i}`;
      must('ip', 'netns', 'add', space);
      must('ip', 'link', 'add', `${space}h`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
      must('ip', 'link', 'set', `${space}h`, 'master', this.#name, 'up');
      const machine = new Machine(`${prefix}.${10 + i}`, space, join(this.folder, `m${i}`));
      machine.inside(`ip link set lo up; ip addr add ${machine.ip}/24 dev eth0; ip link set eth0 up`);
      appendFileSync(this.knownHosts, machine.hostKey());
      this.all.push(machine);
    }
    await Promise.all(this.all.map((machine, i) => machine.boot(bootOf(machine, i))));
  }

  /** The start of addresses that nobody here has. */
  #freePrefix(): string {
    for (let tries = 0; tries < 16; tries++) {
      const prefix = `10.${100 + (this.#own[tries]! % 100)}.${this.#own[tries + 1]!}`;
      if (must('ip', '-4', 'route', 'show', 'root', `${prefix}.0/24`).trim() === '') return prefix;
    }
    throw new Error('no free addresses for machines');
  }

  /** How the harness reaches them. */
  options(changes: Partial<SshOptions> = {}): SshOptions {
    const hosts = this.all.map(({ ip, port }) => ({ host: ip, port }));
    return { hosts, user: 'root', key: this.key, knownHosts: this.knownHosts, ...changes };
  }

  /** The same as flags of the command line. */
  flags(): string[] {
    const hosts = this.all.map(({ ip, port }) => `root@${ip}:${port}`).join(',');
    return ['--backend', 'ssh', '--hosts', hosts, '--ssh-key', this.key];
  }

  async stop(): Promise<void> {
    for (const machine of this.all) {
      await machine.halt();
      spawnSync('ip', ['netns', 'del', machine.space]);
    }
    spawnSync('ip', ['link', 'del', this.#name]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
