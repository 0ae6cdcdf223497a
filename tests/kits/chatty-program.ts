/**
 * The chatty node of fixtures/chatty-node.mjs as a program of the simulator, as far as it needs no machine.
 */
import type { Json } from '../../harness/op.ts';
import type { Body, NodeHandle, Program, Request } from '../../harness/program.ts';
import { monotonicNs } from '../../harness/time.ts';

/** One life of the node. */
export class ChattyProgram implements Program {
  #node!: NodeHandle;
  readonly #notes: Json[] = [];
  readonly #waiting = new Map<number, () => void>();
  #next = 1;

  init(node: NodeHandle): void {
    this.#node = node;
  }

  onTimer(): void {}

  onMessage(from: string, body: Body): void {
    const node = this.#node;
    const request: Request = { from, body };
    const reply = (rest: Body): void => node.reply(request, rest);
    const log = node.storage.log('kept');
    const handlers: Record<string, () => void> = {
      echo: () => reply({ type: 'echo_ok', echo: body['echo'] ?? null }),
      clock: () => reply({ type: 'clock_ok', ms: node.now() }),
      keep: () => {
        log.append([body['value'] ?? null]);
        reply({ type: 'keep_ok' });
      },
      kept: () => reply({ type: 'kept_ok', value: Array.from({ length: log.length }, (_, i) => log.get(i)) }),
      tell: () => {
        node.send(String(body['to']), { type: 'note', value: body['value'] ?? null });
        reply({ type: 'tell_ok' });
      },
      note: () => {
        this.#notes.push(body['value'] ?? null);
      },
      notes: () => reply({ type: 'notes_ok', value: this.#notes }),
      'ping-peer': () => {
        const id = this.#next++;
        const began = monotonicNs();
        this.#waiting.set(id, () => reply({ type: 'ping-peer_ok', ms: (monotonicNs() - began) / 1e6 }));
        node.send(String(body['to']), { type: 'ping', id });
      },
      ping: () => node.send(from, { type: 'pong', id: body['id'] ?? null }),
      pong: () => this.#waiting.get(Number(body['id']))?.(),
      refuse: () => node.fail(request, Number(body['code']), 'as asked'),
      die: () => {
        throw new Error('about to die as asked');
      },
    };
    handlers[body.type]?.();
  }
}
