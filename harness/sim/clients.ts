/**
 * The clients of a short run: each sends its operations one at a time, in order, and writes down what came
 * back. The same rules as the clients of a real run: an operation without an answer is indeterminate and
 * retires its process, a refused connection is a certain failure.
 */
import { errorOf } from '../cluster/error-codes.ts';
import { type NodeId, OpFailure } from '../contracts.ts';
import type { Json, Op, OpError, OpType, Process } from '../op.ts';
import type { Body } from '../program.ts';
import type { CaseOp } from './case.ts';
import type { Party } from './network.ts';
import type { Subject } from './subject.ts';
import type { World } from './world.ts';

/** Where clients write and whom they tell. */
export interface ClientParts {
  world: World;
  subject: Subject;
  timeoutNs: number;
  /** Number of clients: a retired process is followed by the one this much higher. */
  clients: number;
  /** Operations planned from here on belong to the final phase. */
  finalFromNs: number;
  /** Those planned earlier are not asked after this: the cluster is to come to rest. */
  loadUntilNs: number;
  append(op: Op): void;
  /** An operation has ended. */
  ended(): void;
}

/** One client thread. */
export class SimClient {
  readonly #parts: ClientParts;
  readonly #ops: CaseOp[];
  #party: Party;
  readonly #thread: number;
  readonly #home: NodeId;
  #process: number;
  #next = 0;
  /** Number of the open request; 0 when none is. */
  #open = 0;
  #asked = 0;
  #node: NodeId;
  /** The operation that is asked, or was last. */
  #op: CaseOp | undefined;

  /** `ops` are those of this client, in order of time. */
  constructor(parts: ClientParts, thread: number, home: NodeId, ops: readonly CaseOp[]) {
    this.#parts = parts;
    this.#thread = thread;
    this.#process = thread;
    this.#home = home;
    this.#node = home;
    this.#ops = [...ops];
    this.#party = this.#connect();
    this.#plan();
  }

  /** One more operation, after those it has. */
  add(op: CaseOp): void {
    this.#ops.push(op);
    if (this.#open === 0 && this.#next === this.#ops.length - 1) this.#plan();
  }

  /** Operations that have not ended. */
  get left(): number {
    return this.#ops.length - this.#next;
  }

  /** The client's next operation, when it is time for it. */
  run(): void {
    const { world, subject, timeoutNs } = this.#parts;
    const planned = this.#ops[this.#next]!;
    const { finalFromNs, loadUntilNs } = this.#parts;
    if (planned.atNs < finalFromNs && world.now > loadUntilNs) {
      this.#next++;
      this.#plan();
      this.#parts.ended();
      return;
    }
    const op = subject.adapt?.(planned) ?? planned;
    this.#op = op;
    this.#node = op.node ?? this.#home;
    this.#append('invoke', op.value);
    const id = ++this.#asked;
    this.#open = id;
    const target = world.node(this.#node);
    if (!target.up && !world.network.isCut('clients', this.#node)) {
      const message = `${this.#node} is not running`;
      this.#end('fail', op.value, { definite: true, kind: 'connection-refused', message });
      return;
    }
    const body = subject.request(op, `c${this.#thread}/${id}`);
    body['msg_id'] = id;
    world.network.send(this.#party, target.party, body, world.now);
    world.at(world.now + timeoutNs, {
      run: () => {
        if (this.#open === id) this.#unknown('timeout', `no reply within ${timeoutNs / 1e6} ms`);
      },
    });
  }

  /** A node has ended: a request that waits for it may or may not have been served. */
  nodeEnded(node: NodeId): void {
    if (this.#open === 0 || this.#node !== node) return;
    if (this.#parts.world.network.isCut(node, 'clients')) return;
    this.#unknown('connection-reset', `${node} ended before it answered`);
  }

  /** A connection in the name of the process, as in a real run: who comes after a retired one is somebody else. */
  #connect(): Party {
    return this.#parts.world.network.client(`c${this.#process}`, (body) => this.#reply(body));
  }

  #plan(): void {
    const op = this.#ops[this.#next];
    if (op !== undefined) this.#parts.world.at(op.atNs, this);
  }

  #reply(body: Body): void {
    if (this.#open === 0 || body['in_reply_to'] !== this.#open) return;
    const op = this.#op!;
    const { subject } = this.#parts;
    const isError = body.type === 'error';
    const observed = isError ? subject.failed?.(op) : undefined;
    if (isError && observed === undefined) {
      // The common answer of a cluster in trouble: without an exception it costs a tenth.
      this.#failed(errorOf(body));
      return;
    }
    let value: Json;
    try {
      value = observed === undefined ? subject.value(body, op) : observed(new OpFailure(errorOf(body)));
    } catch (error) {
      if (!(error instanceof OpFailure)) throw error;
      this.#failed(error.error);
      return;
    }
    this.#end('ok', value);
  }

  #failed(error: OpError): void {
    this.#end(error.definite ? 'fail' : 'info', this.#op!.value, error);
  }

  #unknown(kind: string, message: string): void {
    this.#end('info', this.#op!.value, { definite: false, kind, message });
  }

  #end(type: OpType, value: Json, error?: OpError): void {
    this.#append(type, value, error);
    this.#open = 0;
    this.#next++;
    if (type === 'info') {
      this.#process += this.#parts.clients;
      this.#parts.subject.retired?.(this.#thread);
      this.#party = this.#connect();
    }
    this.#plan();
    this.#parts.ended();
  }

  #append(type: OpType, value: Json, error?: OpError): void {
    const { f, key, atNs } = this.#op!;
    const op = operation(this.#parts.world.now, this.#process, type, f, value, this.#node);
    if (atNs >= this.#parts.finalFromNs) op.phase = 'final';
    if (key !== undefined) op.key = key;
    if (error !== undefined) op.error = error;
    this.#parts.append(op);
  }
}

/** One half of an operation; the index is given when it is appended. */
export function operation(
  time: number,
  process: Process,
  type: OpType,
  f: string,
  value: Json,
  node: NodeId,
): Op {
  return { index: 0, time, process, type, f, value, node, phase: 'load' };
}
