/**
 * The part of the configuration's JSON Schema that describes a program from outside: the `command` section.
 */

type Part = Record<string, unknown>;

const TEXT: Part = { type: 'string' };
const ARGV: Part = {
  description: 'a program and its arguments: a list, or a string that is split at blanks',
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'array', items: { type: 'string' }, minItems: 1 },
  ],
};
const STATUSES = (description: string): Part => ({
  type: 'array',
  items: { type: 'integer', minimum: 100, maximum: 599 },
  description,
});
const EXIT_CODES = (description: string): Part => ({
  type: 'array',
  items: { type: 'integer', minimum: 0, maximum: 255 },
  description,
});
const STRINGS: Part = { type: 'object', additionalProperties: { type: 'string' } };
const PATTERNS = (description: string): Part => ({ type: 'array', items: TEXT, description });
const WHERE: Part = { $ref: '#/$defs/where' };
const DURATION: Part = { $ref: '#/$defs/duration' };

const object = (description: string, properties: Record<string, Part>, required: string[] = []): Part => ({
  type: 'object',
  description,
  additionalProperties: false,
  ...(required.length > 0 ? { required } : {}),
  properties,
});

const http = object(
  'an HTTP request',
  {
    method: { type: 'string', enum: ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'HEAD'] },
    path: { type: 'string', pattern: '^/', description: 'a path that starts with /' },
    body: { description: 'an object is sent as JSON, a string as it is' },
    headers: STRINGS,
    port: { type: 'string', description: 'name of the port; default the first' },
    ok: STATUSES('statuses that mean success; default any 2xx'),
    definite: STATUSES('statuses that mean it had no effect and never will'),
    notFound: STATUSES('statuses that mean the object does not exist'),
    redirect: { type: 'boolean', description: 'follow redirects to other nodes' },
  },
  ['path'],
);

const exec = object(
  'a program run once per operation',
  {
    argv: ARGV,
    stdin: TEXT,
    env: STRINGS,
    definiteExitCodes: EXIT_CODES('exit codes that mean it had no effect and never will'),
    notFoundExitCodes: EXIT_CODES('exit codes that mean the object does not exist'),
  },
  ['argv'],
);

const REQUEST: Record<string, Part> = {
  http: {
    description: 'an HTTP request: an object, or `GET /path`',
    anyOf: [
      {
        type: 'string',
        pattern: '^((GET|PUT|POST|DELETE|PATCH|HEAD) )?/',
        description: 'a request such as `GET /status`',
      },
      { $ref: '#/$defs/http' },
    ],
  },
  command: {
    description: 'a program run once per operation',
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string' }, minItems: 1 },
      { $ref: '#/$defs/exec' },
    ],
  },
};

const operation = object('how one operation is asked, and where in the answer its parts are', {
  ...REQUEST,
  value: WHERE,
  term: WHERE,
  by: WHERE,
  error: WHERE,
  definiteErrors: PATTERNS('regular expressions of error texts that mean it had no effect'),
});

const leader = object('how to ask a node who leads', {
  ...REQUEST,
  leading: WHERE,
  leader: WHERE,
  term: WHERE,
});

const change = object('how a node is asked to have {{member}} added or removed', REQUEST);

const members = object(
  'how an administrator asks a node who the members are, and has them changed',
  {
    list: object('how to ask for the members', { ...REQUEST, value: WHERE, version: WHERE }),
    add: change,
    remove: change,
  },
  ['list', 'add', 'remove'],
);

const log = object("how to read a node's replicated log, and where in the answer its parts are", {
  ...REQUEST,
  entries: WHERE,
  term: WHERE,
  value: WHERE,
  first: WHERE,
  commit: WHERE,
  nodeTerm: WHERE,
  leading: WHERE,
});

const where: Part = {
  description: 'where in the answer: a dotted path, a JSON pointer, or `body` for all of it',
  anyOf: [
    { type: 'string', minLength: 1 },
    object('where in the answer, in full', {
      path: { type: 'string', description: 'dotted path, JSON pointer, or `body`' },
      header: { type: 'string', description: 'a response header instead of the body' },
      match: { type: 'string', description: 'regular expression; its first group is the value' },
      equals: { description: 'the result is whether the value equals this' },
      as: { type: 'string', enum: ['number', 'string', 'boolean', 'json'] },
    }),
  ],
};

const ready: Part = {
  description: 'how to see that a node is ready',
  anyOf: [
    { type: 'string', enum: ['none', 'tcp'] },
    object('exactly one of http, tcp, log and command', {
      http: { type: 'string', pattern: '^/', description: 'a path that starts with /' },
      status: { type: 'integer', minimum: 100, maximum: 599 },
      tcp: { type: 'string', description: 'name of a port' },
      log: { type: 'string', description: 'regular expression over lines of output' },
      command: ARGV,
      port: TEXT,
      timeout: DURATION,
    }),
  ],
};

const restart: Part = {
  description: 'what happens when a node ends by itself',
  anyOf: [
    { type: 'string', enum: ['never', 'on-crash'] },
    object('restart policy', {
      policy: { type: 'string', enum: ['never', 'on-crash'] },
      delay: DURATION,
      limit: { type: 'integer', minimum: 1 },
    }),
  ],
};

const command = object('a program described from outside: no TypeScript needed', {
  start: ARGV,
  env: STRINGS,
  cwd: { type: 'string', description: 'working directory; default the directory of this file' },
  ports: {
    description: 'named ports each node needs; the first is {{node.port}}',
    anyOf: [
      { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true },
      {
        type: 'object',
        minProperties: 1,
        additionalProperties: {
          anyOf: [
            { type: 'string', enum: ['auto'] },
            { type: 'integer', minimum: 1, maximum: 65535 },
          ],
        },
      },
    ],
  },
  peers: object('how the list of peers is written', {
    format: { type: 'string', description: 'one peer; default {{peer.host}}:{{peer.port}}' },
    join: TEXT,
    self: { type: 'boolean' },
  }),
  ready,
  stop: { type: 'string', enum: ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGKILL'] },
  restart,
  leader: { $ref: '#/$defs/leader' },
  log: { $ref: '#/$defs/log' },
  members: { $ref: '#/$defs/members' },
  leadership: { type: 'string', enum: ['per-term', 'exclusive'] },
  operations: {
    type: 'object',
    description: 'operations by workload and name',
    additionalProperties: {
      type: 'object',
      additionalProperties: { $ref: '#/$defs/operation' },
    },
  },
  maelstrom: {
    description: 'it speaks the Maelstrom protocol on stdin and stdout: true, or the workloads it knows',
    anyOf: [{ type: 'boolean' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
  },
  crashPatterns: PATTERNS('regular expressions of log lines that mean it crashed'),
});

/** Definitions of the `command` section, for `$defs`. */
export const COMMAND_DEFS: Record<string, Part> = {
  command,
  http,
  exec,
  operation,
  leader,
  log,
  members,
  where,
};
