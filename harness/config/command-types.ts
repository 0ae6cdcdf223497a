/**
 * The `command` section: everything faultline must know about a program to start it, see that it is ready,
 * ask it who leads, and map operations to it. `CommandConfig` is what is written, `CommandSpec` the same
 * with defaults filled in, strings split and units gone; the command system works on the second.
 *
 * Templates, in every string below: {{node.id}} {{node.index}} {{node.host}} {{node.port}}
 * {{node.port.NAME}} {{node.dir}}, {{peers}} {{peers.ids}} {{nodes}}, and in operations {{key}} {{value}}
 * {{from}} {{to}} {{request}}. A string that is one template and nothing else becomes the JSON value itself, so
 * `body: { value: "{{value}}" }` sends a number when the value is a number.
 */
import type { Json } from '../op.ts';
import type { Duration } from './units.ts';

/** Dotted path (`data.items.0`), JSON pointer (`/data/items/0`), or `body`: all of it, JSON if it parses. */
export type Where = string | WhereConfig;

/** Where in an answer something stands, in full. */
export interface WhereConfig {
  /** Dotted path or JSON pointer into the answer; default `body`. */
  path?: string;
  /** A response header instead of the body (HTTP only). */
  header?: string;
  /** Regular expression over the text found; its first group is the value. */
  match?: string;
  /** The result is whether what was found equals this. */
  equals?: Json;
  /** What to turn it into; default: as it is. */
  as?: 'number' | 'string' | 'boolean' | 'json';
}

/** How the list of peers is written. */
export interface PeersConfig {
  /** One peer; default `{{peer.host}}:{{peer.port}}`. Also {{peer.id}} {{peer.index}} {{peer.port.NAME}}. */
  format?: string;
  /** Between two peers; default `,`. */
  join?: string;
  /** Also list the node itself; default false. */
  self?: boolean;
}

/** How to see that a node is ready: exactly one of the five, or the word `none` or `tcp`. */
export type ReadyConfig =
  | 'none'
  | 'tcp'
  | {
      /** GET this path until `status` (default 200) comes back. */
      http?: string;
      status?: number;
      /** Until this named port accepts a connection. */
      tcp?: string;
      /** Until this regular expression matches a line of output. */
      log?: string;
      /** Until this command exits 0. */
      command?: string | string[];
      /** Name of the port for `http`; default the first. */
      port?: string;
      /** Default 30s. */
      timeout?: Duration;
    };

/** What happens when a node ends by itself. */
export type RestartConfig =
  | 'never'
  | 'on-crash'
  | {
      /** Default `on-crash`. */
      policy?: 'never' | 'on-crash';
      /** Pause before the restart; default 500ms. */
      delay?: Duration;
      /** After so many restarts of one node, give it up; default 10. */
      limit?: number;
    };

/** An HTTP request, as it is written. */
export interface HttpConfig {
  /** Default GET. */
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH' | 'HEAD';
  path: string;
  /** An object is sent as JSON, a string as it is. */
  body?: Json;
  headers?: Record<string, string>;
  /** Name of the port; default the first. */
  port?: string;
  /** Statuses that mean success; default any 2xx. */
  ok?: number[];
  /** Statuses that mean it had no effect and never will; anything else unexpected is indeterminate. */
  definite?: number[];
  /** Statuses that mean the object does not exist: a read then completes with null. */
  notFound?: number[];
  /** Follow redirects to other nodes; default false. */
  redirect?: boolean;
}

/** A program run once per operation, as it is written. */
export interface ExecConfig {
  /** The program and its arguments. */
  argv: string | string[];
  /** What it gets on standard input. */
  stdin?: string;
  env?: Record<string, string>;
  /** Exit codes that mean it had no effect and never will; 0 is success, others are indeterminate. */
  definiteExitCodes?: number[];
  /** Exit codes that mean the object does not exist: a read then completes with null. */
  notFoundExitCodes?: number[];
}

/** Where in an answer the parts of a completion are. */
export interface AnswerConfig {
  /** The completed value; default: what was asked (reads: `body`). */
  value?: Where;
  /** The term or epoch under which it was done. */
  term?: Where;
  /** Who did it, by node id. */
  by?: Where;
  /** The error message of a failure. */
  error?: Where;
  /** Failures whose error text matches had no effect: regular expressions. */
  definiteErrors?: string[];
}

/** One operation: how it is asked, and how its answer is read. Exactly one of `http` and `command`. */
export interface OperationConfig extends AnswerConfig {
  http?: HttpConfig | string;
  command?: ExecConfig | string | string[];
}

/** How to ask a node who leads. Exactly one of `http` and `command`; an unreachable node has no opinion. */
export interface LeaderConfig {
  http?: HttpConfig | string;
  command?: ExecConfig | string | string[];
  /** Does this node lead: `{ path: role, equals: primary }`. Default: `leader` names this node. */
  leading?: Where;
  /** Whom it follows, by node id. */
  leader?: Where;
  term?: Where;
}

/**
 * How to read a node's replicated log. Exactly one of `http` and `command`; an unreachable node shows none. The answer
 * holds the whole log, or all of it from `first` on.
 */
export interface LogConfig {
  http?: HttpConfig | string;
  command?: ExecConfig | string | string[];
  /** The list of entries; default `body`. */
  entries?: Where;
  /** In an entry: its term. */
  term?: Where;
  /** In an entry: what it says, or a digest of it; default the whole entry. */
  value?: Where;
  /** Position of the first entry listed, counting from 1; default 1. */
  first?: Where;
  /** Position up to which the node knows its log to be committed. */
  commit?: Where;
  /** The node's own term, and whether it leads in it. */
  nodeTerm?: Where;
  leading?: Where;
}

/** How to have something done to {{member}}. Exactly one of `http` and `command`; answered well once it is so. */
export interface ChangeConfig {
  http?: HttpConfig | string;
  command?: ExecConfig | string | string[];
}

/** How the members of the running system are asked for and changed, by its own administration. */
export interface MembersConfig {
  list: ChangeConfig & {
    /** The names of the nodes that are members; default `body`. */
    value?: Where;
    /** A number that grows with every change; of two answers the one with the higher is believed. */
    version?: Where;
  };
  add: ChangeConfig;
  remove: ChangeConfig;
}

/** The section as it is written. */
export interface CommandConfig {
  /**
   * The program and its arguments; a string is split at blanks, quotes respected, no shell. Containers do without: then
   * it is what the image starts.
   */
  start?: string | string[];
  env?: Record<string, string>;
  /** Working directory; default the directory of the configuration, or in a container that of the image. */
  cwd?: string;
  /** Named ports each node needs; the first is {{node.port}}. Default `[main]`; a number fixes the first node's. */
  ports?: string[] | Record<string, 'auto' | number>;
  peers?: PeersConfig;
  /** Default `tcp`; on stdio the Maelstrom `init` handshake. */
  ready?: ReadyConfig;
  /** Signal that asks it to end; default SIGTERM. */
  stop?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGKILL';
  restart?: RestartConfig;
  leader?: LeaderConfig;
  /** How to read a node's replicated log: it is then judged by itself. */
  log?: LogConfig;
  /** Who belongs to it and how that is changed: what the fault `membership` needs. */
  members?: MembersConfig;
  /** What its leadership promises. */
  leadership?: 'per-term' | 'exclusive';
  /** `operations.<workload>.<operation>`. */
  operations?: Record<string, Record<string, OperationConfig>>;
  /** It speaks the Maelstrom protocol on stdin and stdout: no operations needed. `true`, or the workloads it knows. */
  maelstrom?: boolean | string[];
  /** Log lines that mean it crashed or found corruption: regular expressions. */
  crashPatterns?: string[];
}

// ---------------------------------------------------------------- normalised

/** Where something stands in an answer. `source` names what is looked at, `path` the steps into its JSON. */
export interface WhereSpec {
  source: 'body' | 'header';
  /** Header name in lower case; null for the body. */
  header: string | null;
  /** Steps into the JSON; empty: all of it. */
  path: string[];
  match: string | null;
  /** Present: the result is whether the value equals this. */
  equals?: Json;
  as: 'number' | 'string' | 'boolean' | 'json' | null;
}

/** A request with every default filled in. */
export type RequestSpec =
  | {
      kind: 'http';
      method: string;
      path: string;
      body: Json | null;
      headers: Record<string, string>;
      /** Null: the first port. */
      port: string | null;
      /** Empty: any 2xx. */
      ok: number[];
      definite: number[];
      notFound: number[];
      redirect: boolean;
    }
  | {
      kind: 'command';
      argv: string[];
      stdin: string | null;
      env: Record<string, string>;
      definiteExitCodes: number[];
      notFoundExitCodes: number[];
    };

/** One operation, ready to be carried out. */
export interface OperationSpec {
  request: RequestSpec;
  /** Null: the completed value is what was asked. */
  value: WhereSpec | null;
  term: WhereSpec | null;
  by: WhereSpec | null;
  error: WhereSpec | null;
  definiteErrors: string[];
}

/** The leader probe, ready to be carried out. */
export interface LeaderSpec {
  request: RequestSpec;
  /** Null: a node leads when `leader` names it. */
  leading: WhereSpec | null;
  leader: WhereSpec | null;
  term: WhereSpec | null;
}

/** The log probe, ready to be carried out. */
export interface LogSpec {
  request: RequestSpec;
  entries: WhereSpec;
  term: WhereSpec | null;
  value: WhereSpec | null;
  first: WhereSpec | null;
  commit: WhereSpec | null;
  nodeTerm: WhereSpec | null;
  leading: WhereSpec | null;
}

/** The administration of members, ready to be carried out. */
export interface MembersSpec {
  list: { request: RequestSpec; value: WhereSpec; version: WhereSpec | null };
  add: RequestSpec;
  remove: RequestSpec;
}

/** How readiness is probed. */
export type ReadySpec = { timeoutMs: number } & (
  | { kind: 'http'; path: string; status: number; port: string | null }
  | { kind: 'tcp'; port: string | null }
  | { kind: 'log'; pattern: string }
  | { kind: 'command'; argv: string[] }
  | { kind: 'init' }
  | { kind: 'none' }
);

/** The section with nothing left open. */
export interface CommandSpec {
  /** Empty: what the image of a container starts. */
  start: string[];
  env: Record<string, string>;
  /** Absolute. */
  cwd: string;
  /** The configuration says so; otherwise a container has its own. */
  cwdGiven?: true;
  /** In order; the first is the default. A null base is chosen free; node i gets base + i. */
  ports: { name: string; base: number | null }[];
  peers: { format: string; join: string; self: boolean };
  ready: ReadySpec;
  stop: string;
  restart: { policy: 'never' | 'on-crash'; delayMs: number; limit: number };
  leader: LeaderSpec | null;
  log: LogSpec | null;
  /** Absent: its members stay who they are. */
  members?: MembersSpec;
  leadership: 'per-term' | 'exclusive' | null;
  operations: Record<string, Record<string, OperationSpec>>;
  /** Null: it does not speak the protocol. An empty list: every workload. */
  maelstrom: string[] | null;
  crashPatterns: string[];
}
