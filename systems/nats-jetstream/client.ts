/**
 * A client of one server: messages are published into streams and acknowledged by their leader, the last message of a
 * subject is read from the leader, a whole stream through a consumer of its own.
 */
import { type Cluster, type NodeId, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { signalAfter, sleep } from '../../harness/time.ts';
import { NatsConnection } from './wire.ts';

/** Streams, and the subjects they take. */
export const STREAMS: Readonly<Record<string, object>> = {
  elements: { subjects: ['elements'] },
  registers: { subjects: ['registers.>'], max_msgs_per_subject: 1 },
};

/** Error of JetStream: the subject has another last message than was expected. Nothing is written. */
const ANOTHER_LAST = 10071;
/** Error of JetStream: no message is there. */
const NO_MESSAGE = 10037;

const MAKING_MS = 20_000;

type Answer = Readonly<Record<string, Json>>;

/** Clusters whose streams are there or being made, by whoever came first. */
const made = new WeakMap<Cluster, Promise<void>>();

let connections = 0;

/** One client. */
export class JetStreamClient {
  readonly #cluster: Cluster;
  readonly #node: NodeId;
  #connection: NatsConnection | null = null;

  constructor(cluster: Cluster, node: NodeId) {
    this.#cluster = cluster;
    this.#node = node;
  }

  /** Makes the streams, each with so many replicas, unless somebody has. Rejects when that takes too long. */
  prepare(replicas: number): Promise<void> {
    const now = made.get(this.#cluster) ?? this.#make(replicas);
    made.set(this.#cluster, now);
    return now;
  }

  /** Publishes into a stream; `last`: only if this is the sequence of the last message of the subject, 0 for none. */
  async publish(subject: string, value: Json, signal: AbortSignal, last?: number): Promise<void> {
    const headers: Record<string, string> =
      last === undefined ? {} : { 'Nats-Expected-Last-Subject-Sequence': String(last) };
    const text = await this.#connected().request(subject, JSON.stringify(value), signal, headers);
    const answer = parsed(text);
    const error = answer['error'] as Answer | undefined;
    if (error === undefined && answer['seq'] !== undefined) return;
    const conflict = error?.['err_code'] === ANOTHER_LAST;
    throw new OpFailure({
      definite: conflict,
      kind: conflict ? 'conflict' : `jetstream-${String(error?.['err_code'] ?? 'unknown')}`,
      message: String(error?.['description'] ?? text.slice(0, 200)),
    });
  }

  /** The last message of a subject as the leader of its stream has it; null where there is none. */
  async last(
    stream: string,
    subject: string,
    signal: AbortSignal,
  ): Promise<{ value: Json; seq: number } | null> {
    return harmless(async () => {
      const body = { last_by_subj: subject };
      const answer = await this.#api(`STREAM.MSG.GET.${stream}`, body, signal, [NO_MESSAGE]);
      if (answer === null) return null;
      const message = answer['message'] as Answer;
      const text = Buffer.from(String(message['data']), 'base64').toString('utf8');
      return { value: JSON.parse(text) as Json, seq: Number(message['seq']) };
    });
  }

  /**
   * All messages of a stream that its leader has when this is asked, through a consumer that is forgotten afterwards.
   * Such a consumer reads what one of the replicas has, which may be behind: it is waited for.
   */
  async all(stream: string, signal: AbortSignal): Promise<Json[]> {
    return harmless(async () => {
      const connection = this.#connected();
      const values: Json[] = [];
      let enough = (): void => undefined;
      let broken = (_: OpFailure): void => undefined;
      const whole = new Promise<void>((resolve, reject) => {
        enough = resolve;
        broken = reject;
        signal.addEventListener('abort', () => reject(timeout()), { once: true });
      });
      // Somebody waits for it only if there is something to wait for.
      whole.catch(() => undefined);
      const info = await this.#api(`STREAM.INFO.${stream}`, {}, signal, []);
      const last = Number((info!['state'] as Answer)['last_seq'] ?? 0);
      const delivery = await connection.listen(({ reply, text }) => {
        values.push(JSON.parse(text) as Json);
        // $JS.ACK.stream.consumer.delivered.sequence.number.time.pending
        const words = reply.split('.');
        // A delivery is not repeated: what was on a connection between servers that broke is missing, and still stored.
        if (Number(words.at(-3)) !== values.length) broken(incomplete(values.length, Number(words.at(-3))));
        if (words.at(-1) === '0' && Number(words.at(-4)) >= last) enough();
      }, signal);
      try {
        const config = { ...CONSUMER, deliver_subject: delivery.subject };
        const answer = await this.#api(
          `CONSUMER.CREATE.${stream}`,
          { stream_name: stream, config },
          signal,
          [],
        );
        const pending = Number(answer!['num_pending'] ?? 0);
        if (pending > 0 || values.length > 0 || last > 0) await whole;
        await this.#api(`CONSUMER.DELETE.${stream}.${String(answer!['name'])}`, {}, signal, []).catch(
          () => undefined,
        );
        return values;
      } finally {
        delivery.stop();
      }
    });
  }

  close(): void {
    this.#connection?.close();
    this.#connection = null;
  }

  /** A request of the interface of JetStream; null for these errors, `OpFailure` for all others. */
  async #api(
    name: string,
    body: object,
    signal: AbortSignal,
    nothing: readonly number[],
  ): Promise<Answer | null> {
    const text = await this.#connected().request(`$JS.API.${name}`, JSON.stringify(body), signal);
    const answer = parsed(text);
    const error = answer['error'] as Answer | undefined;
    if (error === undefined) return answer;
    const code = Number(error['err_code']);
    if (nothing.includes(code)) return null;
    const message = String(error['description']);
    throw new OpFailure({ definite: false, kind: `jetstream-${code}`, message });
  }

  async #make(replicas: number): Promise<void> {
    const patience = signalAfter(MAKING_MS);
    for (const [name, settings] of Object.entries(STREAMS)) {
      const config = { name, num_replicas: replicas, storage: 'file', retention: 'limits', ...settings };
      for (;;) {
        try {
          await this.#api(`STREAM.CREATE.${name}`, config, signalAfter(2_000, patience), []);
          // A stream is made before it has a leader.
          await this.all(name, signalAfter(2_000, patience));
          break;
        } catch (error) {
          if (!(error instanceof OpFailure) || patience.aborted) throw error;
          await sleep(100);
        }
      }
    }
  }

  #connected(): NatsConnection {
    if (this.#connection?.alive === true) return this.#connection;
    const state = this.#cluster.state(this.#node);
    // A link of the harness may accept for a node that is down; not asking at all is certain.
    if (state === 'stopped' || state === 'crashed') {
      const message = `${this.#node} is down`;
      throw new OpFailure({ definite: true, kind: 'connection-refused', message });
    }
    const at = this.#cluster.clientAddress(this.#node, 'client');
    this.#connection = new NatsConnection(at, `faultline-${++connections}`);
    return this.#connection;
  }
}

const CONSUMER = {
  deliver_policy: 'all',
  ack_policy: 'none',
  replay_policy: 'instant',
  // Nanoseconds after which a consumer nobody listens to is forgotten.
  inactive_threshold: 5e9,
  mem_storage: true,
  num_replicas: 1,
};

function parsed(text: string): Answer {
  try {
    const value = JSON.parse(text) as Json;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  const message = `a server answered ${JSON.stringify(text.slice(0, 200))}`;
  throw new OpFailure({ definite: false, kind: 'malformed-reply', message });
}

function timeout(): OpFailure {
  return new OpFailure({ definite: true, kind: 'timeout', message: 'the stream did not come in time' });
}

function incomplete(expected: number, number: number): OpFailure {
  const message = `message ${number} of the stream came where ${expected} was due`;
  return new OpFailure({ definite: true, kind: 'incomplete', message });
}

/** What changes nothing failed for certain when it failed. */
async function harmless<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OpFailure) throw new OpFailure({ ...error.error, definite: true });
    throw error;
  }
}
