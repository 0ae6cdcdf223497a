/**
 * Randomness for simulated nodes, from the node's own stream; what computes beside the event loop is refused.
 */
import { type Ambient, type Callable, divert, type Holder, RefusedCall, refuse } from './ambient.ts';

/** Work that `crypto` gives to other threads: its answer would come outside of simulated time. */
const BESIDE = [
  ...['pbkdf2', 'scrypt', 'hkdf', 'generateKey', 'generateKeyPair', 'generatePrime', 'checkPrime'],
  ...['randomFill', 'sign', 'verify'],
];

/** Puts the guard in place, once more wherever something else has been put there since. */
export function guardRandomness(crypto: Holder): void {
  const web = globalThis.crypto as unknown as Holder;
  divert(Math as unknown as Holder, 'random', (ambient) => ambient.random());
  divert(crypto, 'randomBytes', (ambient, [size, callback]) =>
    answered(ambient, fill(ambient, Buffer.alloc(Number(size))), callback),
  );
  divert(crypto, 'randomInt', (ambient, args) => {
    const bounds = args.filter((one) => typeof one === 'number');
    const [from, to] = bounds.length > 1 ? [bounds[0]!, bounds[1]!] : [0, bounds[0] ?? 0];
    return answered(ambient, from + Math.floor(ambient.random() * (to - from)), args.at(-1));
  });
  divert(crypto, 'randomFillSync', (ambient, [target]) => fill(ambient, target));
  for (const holder of [crypto, web]) {
    divert(holder, 'randomUUID', uuid);
    divert(holder, 'getRandomValues', (ambient, [target]) => fill(ambient, target));
  }
  for (const name of BESIDE) refuseCallbacks(crypto, name);
  const subtle = Object.getPrototypeOf(globalThis.crypto.subtle) as Holder;
  for (const name of Object.getOwnPropertyNames(subtle)) {
    if (name !== 'constructor') refuse(subtle, name, `crypto.subtle.${name}`);
  }
}

/** The value, or, for a caller with a callback, a call in an event of its own. */
function answered(ambient: Ambient, value: unknown, callback: unknown): unknown {
  if (typeof callback !== 'function') return value;
  ambient.setTimer(() => void (callback as Callable)(null, value), 0, false);
  return undefined;
}

/** Refuses a function when it is given a callback; without one it computes at once. */
function refuseCallbacks(crypto: Holder, name: string): void {
  const original = crypto[name] as Callable | undefined;
  divert(crypto, name, (_, args) => {
    if (typeof args.at(-1) === 'function') throw new RefusedCall(`crypto.${name} with a callback`);
    return original?.(...args);
  });
}

function fill(ambient: Ambient, target: unknown): unknown {
  const view = target as ArrayBufferView;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let i = 0; i < bytes.length; i++) bytes[i] = byte(ambient);
  return target;
}

function uuid(ambient: Ambient): string {
  const hex = Array.from({ length: 16 }, () => byte(ambient).toString(16).padStart(2, '0')).join('');
  const variant = '89ab'[Math.floor(ambient.random() * 4)];
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`];
  return [...parts, `${variant}${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}

function byte(ambient: Ambient): number {
  return Math.floor(ambient.random() * 256);
}
