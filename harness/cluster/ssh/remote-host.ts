/**
 * One host of a run: its connection, made again when it breaks, the shell through which it is told what to do, and the
 * signs of life that go both ways. A host that stays away too long is lost, and says so once.
 */
import { readFileSync } from 'node:fs';
import { every, monotonicNs, sleep, type Timer } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { type Channel, SshConnection } from './connection.ts';
import { type Answer, ShellSession } from './shell-session.ts';
import { type Endpoint, hostName } from './ssh-options.ts';

/** The script every host gets; read when it is needed, so that whoever bundles what has no hosts needs no file. */
export function hostScript(): string {
  return readFileSync(new URL('./host/host.sh', import.meta.url), 'utf8');
}

/** What one host is for in a run. */
export interface HostPlan {
  endpoint: Endpoint;
  /** Everything of the run is in this folder of the host. */
  folder: string;
  power: 'root' | 'sudo' | 'none';
  /** Its table of rules, or what chains of the run begin with. */
  table: string;
  /** By what rules are set; absent in ledgers of before: nftables. */
  filter?: 'nft' | 'iptables';
  /** Its boot when the run was planned. */
  boot: string;
  watchdogMs: number;
  reconnectMs: number;
}

/** What a host reports by itself. */
export interface HostHooks {
  /** Four times a second: `none`, `3 up`, `3 exit 1`, `3 lost`. */
  state(state: string): void;
  /** The connection is there again. `rebooted`: nothing that ran is left. `healed`: it undid its faults itself. */
  back(rebooted: boolean): Promise<void>;
  /** It undid its faults, having heard nothing from here. */
  healed(): void;
  /** It will not be asked again. */
  lost(reason: string): void;
}

const BEAT_MS = 250;
const ASK_MS = 15_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

/** A host in use. */
export class RemoteHost {
  readonly name: string;
  readonly plan: HostPlan;
  readonly #hooks: HostHooks;
  #connection: SshConnection | null = null;
  #shell: ShellSession | null = null;
  #beats: Timer | null = null;
  #boot: string;
  #lost: string | null = null;
  #closing = false;
  #closed: Promise<string[]> | null = null;
  /** Resolves when there is a connection, or no hope for one. */
  #ready: Promise<void> = Promise.resolve();

  constructor(plan: HostPlan, hooks: HostHooks) {
    this.plan = plan;
    this.#hooks = hooks;
    this.#boot = plan.boot;
    this.name = hostName(plan.endpoint);
  }

  /** Why it is not asked any more; null: it is. */
  get lost(): string | null {
    return this.#lost;
  }

  /** False once it is lost, or everything was removed from it. */
  get isInUse(): boolean {
    return this.#lost === null && !this.#closing;
  }

  /** Connects and brings the script. Throws `ClusterError`. */
  async open(): Promise<void> {
    const { endpoint, folder, power, table, filter = 'nft', watchdogMs } = this.plan;
    this.#connection = await SshConnection.connect(endpoint);
    const settings = `S='${power === 'sudo' ? 'sudo -n' : ''}' TABLE='${table}' FILTER=${filter} LIMIT=${Math.ceil(watchdogMs / 1000)}`;
    const script = `${folder}/host.sh`;
    // What an earlier run in this run's folder left is its own.
    const commands = [
      `if [ -e ${script} ]; then sh ${script} remove; fi`,
      `umask 077 && mkdir ${folder} && cat > ${script} && echo "${settings}" > ${folder}/settings && chmod 755 ${folder}`,
    ];
    const made = await this.#connection.run(commands.join('\n'), hostScript());
    if (made.code !== 0) {
      this.#connection.close();
      throw new ClusterError(`${this.name}: ${folder} cannot be made: ${lastLine(made.stderr)}`);
    }
    await this.#attach(this.#connection);
  }

  /** Has the host do something. Throws `ClusterError` where it does not answer, or is lost. */
  async answer(verb: string, argument = '-', input = '', timeoutMs = ASK_MS): Promise<Answer> {
    const end = monotonicNs() + timeoutMs * 1e6;
    await this.#settled(timeoutMs);
    if (this.#lost !== null) throw new ClusterError(this.#lost);
    const connection = this.#connection;
    if (connection === null) throw new ClusterError(`${this.name} is not connected`);
    if (this.#shell === null || this.#shell.isOver) {
      // The last question took too long; the connection may be sound.
      this.#shell = new ShellSession(await this.#script('serve'), this.name);
    }
    return this.#shell.ask(verb, argument, input, Math.max(1, (end - monotonicNs()) / 1e6));
  }

  /** As `answer`, and what is not done is a `ClusterError` with the host's words. */
  async ask(verb: string, argument = '-', input = '', timeoutMs = ASK_MS): Promise<string> {
    const { status, text } = await this.answer(verb, argument, input, timeoutMs);
    if (status === 0) return text;
    throw new ClusterError(`${this.name}, asked to ${verb}: ${lastLine(text)}`);
  }

  /** A command of the script on a channel of its own. */
  logs(life: number, fromOut: number, fromErr: number): Promise<Channel> {
    return this.#script(`logs ${life} ${fromOut + 1} ${fromErr + 1}`);
  }

  /** Copies a file to it. */
  async put(local: string, remote: string, timeoutMs: number): Promise<void> {
    await this.#ready;
    if (this.#connection === null) throw new ClusterError(this.#lost ?? `${this.name} is not connected`);
    await this.#connection.put(local, remote, 0o600, timeoutMs);
  }

  /** Removes everything of the run from the host, once, and ends the connection. Never throws; returns what went wrong. */
  close(): Promise<string[]> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<string[]> {
    const { folder, endpoint } = this.plan;
    this.#beats?.cancel();
    // A host that is on its way back gets its time; one that was never reached has nothing of ours.
    await this.#ready;
    this.#closing = true;
    if (this.#connection === null && this.#lost === null) return [];
    try {
      this.#shell?.close();
      const connection = this.#lost === null ? this.#connection! : await SshConnection.connect(endpoint);
      const removed = await connection.run(removal(folder, this.plan), '', ASK_MS);
      connection.close();
      await Promise.race([connection.gone, sleep(1_000)]);
      connection.destroy();
      return removed.code === 0 ? [] : [`${this.name}: ${lastLine(removed.stdout + removed.stderr)}`];
    } catch (error) {
      return [`${this.name} was not cleaned: ${(error as Error).message}`];
    } finally {
      this.#connection?.destroy();
    }
  }

  /** Waits until there is a connection or no hope for one, but not longer than this. */
  async #settled(timeoutMs: number): Promise<void> {
    const over = new AbortController();
    const late = sleep(timeoutMs, over.signal).catch(() => undefined);
    await Promise.race([this.#ready, late]);
    over.abort();
  }

  #script(words: string): Promise<Channel> {
    if (this.#connection === null) throw new ClusterError(this.#lost ?? `${this.name} is not connected`);
    return this.#connection.start(`exec sh ${this.plan.folder}/host.sh ${words}`);
  }

  /** The channels every connection has. */
  async #attach(connection: SshConnection): Promise<void> {
    this.#connection = connection;
    this.#shell = new ShellSession(await this.#script('serve'), this.name);
    const attending = await this.#script('attend');
    let rest = '';
    attending.onOutput((chunk) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#heard(line);
    });
    this.#beats?.cancel();
    this.#beats = every(BEAT_MS, () => attending.write('\n'), true);
    void connection.gone.then((error) => {
      if (this.#closing || this.#connection !== connection) return;
      this.#beats?.cancel();
      this.#connection = null;
      this.#ready = this.#comeBack(error?.message ?? 'the connection was closed');
    });
  }

  #heard(line: string): void {
    if (this.#closing) return;
    const healed = line.endsWith(' healed');
    this.#hooks.state(healed ? line.slice(0, -' healed'.length) : line);
    if (healed) this.#hooks.healed();
  }

  /** Tries again, less and less often. Never rejects. */
  async #comeBack(because: string): Promise<void> {
    const { endpoint, folder, reconnectMs } = this.plan;
    const end = monotonicNs() + reconnectMs * 1e6;
    let last = because;
    for (let pause = FIRST_PAUSE_MS; monotonicNs() < end; pause = Math.min(LONGEST_PAUSE_MS, 2 * pause)) {
      await sleep(pause);
      if (this.#closing) return;
      try {
        const left = Math.max(1_000, (end - monotonicNs()) / 1e6);
        const connection = await SshConnection.connect(endpoint, Math.min(10_000, left));
        const words = `cat /proc/sys/kernel/random/boot_id && [ -r ${folder}/host.sh ]`;
        const { code, stdout } = await connection.run(words);
        if (code !== 0) {
          connection.destroy();
          return this.#give(`${this.name} came back without ${folder}`);
        }
        const rebooted = stdout.trim() !== this.#boot;
        this.#boot = stdout.trim();
        await this.#attach(connection);
        // Waited for by nobody who waits for the connection: it asks the host itself.
        void this.#hooks.back(rebooted);
        return;
      } catch (error) {
        last = (error as Error).message;
      }
    }
    this.#give(
      `${this.name} is lost: its connection broke (${because}), and for ${reconnectMs / 1000} s ${last}`,
    );
  }

  #give(reason: string): void {
    this.#lost = reason;
    this.#hooks.lost(reason);
  }
}

/** What removes everything of a run from a host, whatever of it is still there. */
export function removal(
  folder: string,
  { power, table, filter }: Pick<HostPlan, 'power' | 'table' | 'filter'>,
): string {
  const rights = power === 'sudo' ? 'sudo -n ' : '';
  const unfilter =
    filter === 'iptables'
      ? unchained(table, rights)
      : `${rights}nft delete table ip ${table} 2>/dev/null || :`;
  return [
    `if [ -e ${folder}/host.sh ]; then sh ${folder}/host.sh remove || exit 1; fi`,
    `if [ -e ${folder} ]; then rm -rf ${folder} || exit 1; fi`,
    power === 'none' ? ':' : unfilter,
  ].join('\n');
}

/** As `drop_table` of the script, where that is gone. */
function unchained(table: string, rights: string): string {
  const run = `PATH="$PATH:/usr/sbin:/sbin" ${rights}iptables -w 5`;
  const chains = `$(PATH="$PATH:/usr/sbin:/sbin" ${rights}iptables-save -t filter 2>/dev/null | sed -n 's/^:\\(${table}[A-Za-z0-9]*\\) .*/\\1/p')`;
  return [
    `for hook in 'INPUT -j ${table}A' 'OUTPUT -j ${table}L'; do ${run} -D $hook 2>/dev/null || :; done`,
    `for flag in -F -X; do for chain in ${chains}; do ${run} $flag "$chain" 2>/dev/null || :; done; done`,
  ].join('\n');
}

/** The last thing somebody said, which is usually why. */
export function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  // Nft says why first, and then shows where by a line of arrows.
  return lines.find((line) => /\bError: /.test(line)) ?? (lines.at(-1) || 'no reason given');
}
