/**
 * Carries out one request of the command section at one node and sorts what can happen: an answer, an object
 * that does not exist, a failure that is certain, a failure that is not.
 */
import type { CommandSpec, RequestSpec } from '../../harness/config/command-types.ts';
import { fill } from '../../harness/config/templates.ts';
import { type Cluster, type Invocation, type NodeId, OpFailure } from '../../harness/contracts.ts';
import type { Answer } from './answer.ts';
import { execute } from './exec.ts';
import { HttpConnection, type HttpOutcome, type HttpRequest } from './http.ts';
import { fillWith, operationValues, textOf, type Values } from './names.ts';

type HttpSpec = Extract<RequestSpec, { kind: 'http' }>;

/** What an answer was: `missing` is the object that does not exist, `refused` a certain failure that said something. */
export type Reply =
  | { kind: 'answer'; answer: Answer }
  | { kind: 'missing' }
  | { kind: 'refused'; status: number; answer: Answer };

/** How long the program of a probe may run, ms; the signal ends any probe. */
export const PROBE_TIMEOUT_MS = 1000;

/** Redirects followed for one operation at most. */
const MAX_REDIRECTS = 3;

/** One client's way to one node. */
export class Asker {
  readonly #spec: CommandSpec;
  readonly #cluster: Cluster;
  readonly #node: NodeId;
  readonly #connections = new Map<string, HttpConnection>();

  constructor(spec: CommandSpec, cluster: Cluster, node: NodeId) {
    this.#spec = spec;
    this.#cluster = cluster;
    this.#node = node;
  }

  /** Throws `OpFailure` when there is no usable answer. `op` null: a probe. `extra`: what else templates stand for. */
  async ask(
    request: RequestSpec,
    op: Invocation | null,
    call: { signal: AbortSignal; timeoutMs: number; key?: string; extra?: Values },
  ): Promise<Reply> {
    this.#refuseWhenDown();
    const values = { ...operationValues(this.#spec, this.#cluster, this.#node, op, call.key), ...call.extra };
    if (request.kind === 'command') {
      const answer = await execute(request, values, { ...call, cwd: this.#spec.cwd });
      return answer === null ? { kind: 'missing' } : { kind: 'answer', answer };
    }
    return sortReply(request, await this.#http(request, values, call.signal));
  }

  async close(): Promise<void> {
    const open = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.all(open.map((connection) => connection.close()));
  }

  /** A link of the harness may accept for a node that is down; not asking at all is certain. */
  #refuseWhenDown(): void {
    const state = this.#cluster.state(this.#node);
    if (state !== 'stopped' && state !== 'crashed') return;
    throw new OpFailure({ definite: true, kind: 'connection-refused', message: `${this.#node} is down` });
  }

  async #http(spec: HttpSpec, values: Values, signal: AbortSignal): Promise<HttpOutcome> {
    const { host, port } = this.#cluster.clientAddress(this.#node, spec.port ?? undefined);
    const request = httpRequest(spec, values);
    let outcome = await this.#connection(host, port).request(request, signal);
    for (let hop = 0; spec.redirect && hop < MAX_REDIRECTS; hop++) {
      const next = redirectTarget(outcome, this.#cluster);
      if (next === null) break;
      request.path = next.path;
      outcome = await this.#connection(next.host, next.port).request(request, signal);
    }
    return outcome;
  }

  #connection(host: string, port: number): HttpConnection {
    const origin = `${host}:${port}`;
    let connection = this.#connections.get(origin);
    if (connection === undefined) {
      connection = new HttpConnection(host, port);
      this.#connections.set(origin, connection);
    }
    return connection;
  }
}

function httpRequest(spec: HttpSpec, values: Values): HttpRequest {
  const headers = Object.fromEntries(Object.entries(spec.headers).map(([n, v]) => [n, fillWith(v, values)]));
  const path = fillWith(spec.path, values, encodeURIComponent);
  if (spec.body === null) return { method: spec.method, path, headers, body: null };
  const body = fill(spec.body, (name) => values[name]);
  const isText = typeof spec.body === 'string';
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  if (!typed) headers['content-type'] = isText ? 'text/plain' : 'application/json';
  return { method: spec.method, path, headers, body: isText ? textOf(body) : JSON.stringify(body) };
}

/** Where a redirect points, when it points to this machine or to a node: traffic goes nowhere else. */
function redirectTarget(
  outcome: HttpOutcome,
  cluster: Cluster,
): { host: string; port: number; path: string } | null {
  if (outcome.kind !== 'response' || (outcome.status !== 307 && outcome.status !== 308)) return null;
  const location = outcome.answer.headers['location'] ?? '';
  if (!URL.canParse(location)) return null;
  const url = new URL(location);
  const local = url.hostname === 'localhost' || url.hostname.startsWith('127.') || isNode(url, cluster);
  if (url.protocol !== 'http:' || !local) return null;
  return { host: url.hostname, port: Number(url.port || 80), path: `${url.pathname}${url.search}` };
}

/** Nodes with networks of their own have addresses of their own. */
function isNode({ hostname }: URL, { nodes, address }: Cluster): boolean {
  return nodes.some((node) => address(node).host === hostname);
}

function sortReply(spec: HttpSpec, outcome: HttpOutcome): Reply {
  if (outcome.kind === 'none') {
    throw new OpFailure({ definite: !outcome.sent, kind: outcome.because, message: outcome.message });
  }
  const { status, answer } = outcome;
  if (spec.notFound.includes(status)) return { kind: 'missing' };
  if (spec.definite.includes(status)) return { kind: 'refused', status, answer };
  const isOk = spec.ok.length === 0 ? status >= 200 && status < 300 : spec.ok.includes(status);
  if (isOk) return { kind: 'answer', answer };
  const message = `${spec.method} ${spec.path} answered ${status}: ${answer.text.slice(0, 200)}`;
  throw new OpFailure({ definite: false, kind: `http-${status}`, message });
}
