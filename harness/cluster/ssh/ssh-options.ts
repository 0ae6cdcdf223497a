/**
 * What a user says about hosts reached by ssh, in a configuration or on the command line, with paths made absolute, and
 * what is found out about those hosts before a run is planned.
 */

/** One host: how it is reached, and at which address the others reach it. */
export interface SshHostSpec {
  host: string;
  port?: number;
  user?: string;
  /** A private key for this host alone. */
  key?: string;
  /** The IPv4 address its node listens at, where that is not the one `host` means here. */
  address?: string;
}

/** Hosts and how to use them. */
export interface SshOptions {
  hosts: SshHostSpec[];
  /** Default: the user that runs faultline. */
  user?: string;
  /** Default 22. */
  port?: number;
  /** A private key; default: those of the agent, then ~/.ssh/id_ed25519, id_ecdsa and id_rsa. */
  key?: string;
  /** The environment variable that holds the passphrase of the key. Default FAULTLINE_SSH_PASSPHRASE. */
  passphraseEnv?: string;
  /** The environment variable that holds a password, tried after keys. Default FAULTLINE_SSH_PASSWORD. */
  passwordEnv?: string;
  /** Faults of links use sudo; default: where the user is not root and sudo asks no password. */
  sudo?: boolean;
  /** Keys of hosts; default ~/.ssh/known_hosts. */
  knownHosts?: string;
  /** Keys of hosts nobody knows yet are taken, and written down. Changed ones never are. Default false. */
  acceptNewHostKeys?: boolean;
  /** The hosts are for these tests alone: their own clocks may be set. Default false. */
  dedicated?: boolean;
  /** Where everything of a run is on a host; default /var/tmp. */
  folder?: string;
  /** Files and folders of this machine that nodes need; they are in the working directory of nodes. */
  upload?: string[];
  /** Tar archives of this machine, unpacked in the working directory of nodes. */
  unpack?: string[];
  /** Files that were uploaded stay on hosts for later runs, up to a week unused. Default false. */
  cache?: boolean;
  /** A host that hears nothing from here for so long undoes its faults. Default 10 s. */
  watchdogMs?: number;
  /** A host that does not answer is lost after so long. Default 30 s. */
  reconnectMs?: number;
}

/** Where programs of nodes and their data are, when nothing else is said. */
export const REMOTE_FOLDER = '/var/tmp';
/** See `SshOptions.passphraseEnv`. */
export const PASSPHRASE_ENV = 'FAULTLINE_SSH_PASSPHRASE';
/** See `SshOptions.passwordEnv`. */
export const PASSWORD_ENV = 'FAULTLINE_SSH_PASSWORD';
/** See `SshOptions.watchdogMs`. */
export const WATCHDOG_MS = 10_000;
/** See `SshOptions.reconnectMs`. */
export const RECONNECT_MS = 30_000;

/** Everything that is needed to reach one host again, also by a later process. Plain data. */
export interface Endpoint {
  host: string;
  port: number;
  user: string;
  /** A private key; null: the agent and those of ~/.ssh. */
  key: string | null;
  passphraseEnv: string;
  passwordEnv: string;
  knownHosts: string;
  acceptNewHostKeys: boolean;
}

/** What a host said of itself. */
export interface HostFacts {
  /** As which user, and how rules are set: by root, by sudo, or not at all. */
  user: string;
  power: 'root' | 'sudo' | 'none';
  kernel: string;
  /** Identity of its boot and of its network: two hosts with the same are one. */
  boot: string;
  network: string;
  /** The controller's address as the host sees it, and the port of its sshd. */
  controller: string;
  sshPort: number;
  /** Where its node listens. */
  address: string;
  /** Its IPv4 addresses. */
  addresses: string[];
  /** Programs and parts of its kernel that faults need, by name. */
  has: string[];
  /** Path of libfaketime. */
  faketime: string | null;
  /** Tables of runs that were not cleaned up. */
  tables: string[];
}

/** Options with what was found out about each host, in their order. */
export interface ProbedSsh extends SshOptions {
  facts: HostFacts[];
}

/** `root@10.0.0.1:2222`, as messages name a host. */
export function hostName({ host, port, user }: Pick<Endpoint, 'host' | 'port' | 'user'>): string {
  return `${user}@${host}${port === 22 ? '' : `:${port}`}`;
}
