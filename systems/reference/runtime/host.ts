/**
 * Runs one program: hands it messages and timers one at a time and applies what it asked for. Everything it
 * sends while it handles an event is held back until what it wrote is on disk, so the promise of `Storage`
 * is kept here once instead of in every program. Pure but for the effects it is given: the simulator and the
 * tests give virtual ones.
 */
import { withField } from '../../../harness/body.ts';
import type { Body, Envelope, NodeHandle, Program, Request, Storage } from '../api.ts';

/** Effects of one node. */
export interface HostEffects {
  storage: Storage & { commit(): void };
  /** Takes messages that may leave now. */
  emit(messages: readonly Envelope[]): void;
  /** Runs `callback` once after `ms`; returns what cancels it. */
  schedule(ms: number, callback: () => void): () => void;
  /** Wall clock, ms since the epoch. */
  now(): number;
  random(): number;
  note(text: string): void;
}

/** A program at work on a node. */
export class Host {
  readonly #program: Program;
  readonly #effects: HostEffects;
  readonly #timers = new Map<string, () => void>();
  /** What has happened that should sometimes happen; the log tells each once. */
  readonly #reached = new Set<string>();
  #outbox: Envelope[] = [];
  #depth = 0;

  constructor(program: Program, id: string, peers: readonly string[], effects: HostEffects) {
    this.#program = program;
    this.#effects = effects;
    this.batch(() => program.init(this.#handle(id, peers)));
  }

  /** Delivers one message. */
  deliver(message: Envelope): void {
    this.batch(() => this.#program.onMessage(message.src, message.body));
  }

  /** Runs several deliveries with one fsync and one flush at the end; an error leaves nothing half sent. */
  batch(work: () => void): void {
    this.#depth++;
    try {
      work();
    } finally {
      this.#depth--;
    }
    if (this.#depth > 0) return;
    this.#effects.storage.commit();
    const messages = this.#outbox;
    if (messages.length === 0) return;
    this.#outbox = [];
    this.#effects.emit(messages);
  }

  /** Cancels every timer; the program hears nothing more from this host by itself. */
  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #handle(id: string, peers: readonly string[]): NodeHandle {
    const effects = this.#effects;
    // A batch of its own where nothing is handled: what asynchronous code sends later leaves at once.
    const send = (dest: string, body: Body): void => {
      this.batch(() => void this.#outbox.push({ src: id, dest, body }));
    };
    const reply = (request: Request, body: Body): void => {
      const asked = request.body['msg_id'];
      send(request.from, asked === undefined ? body : withField(body, 'in_reply_to', asked));
    };
    return {
      id,
      peers,
      storage: effects.storage,
      send,
      reply,
      fail: (request, code, text, more) => reply(request, { ...more, type: 'error', code, text }),
      setTimer: (name, ms) => this.#setTimer(name, ms),
      clearTimer: (name) => this.#clearTimer(name),
      now: () => effects.now(),
      random: () => effects.random(),
      note: (text) => effects.note(text),
      sometimes: (name, holds = true) => {
        if (!holds || this.#reached.has(name)) return;
        this.#reached.add(name);
        effects.note(`reached ${name}`);
      },
    };
  }

  #setTimer(name: string, ms: number): void {
    this.#clearTimer(name);
    const cancel = this.#effects.schedule(ms, () => {
      this.#timers.delete(name);
      this.batch(() => this.#program.onTimer(name));
    });
    this.#timers.set(name, cancel);
  }

  #clearTimer(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }
}
