/**
 * What stands between a workload and the system's own client, as it is written: `retry:attempts=5`,
 * `idempotency-key`, `timeout:ms=300`, `circuit-breaker`. Whatever the order they are named in, each has its place: a
 * key is given before anything is tried, a breaker sees the end of all attempts, and each attempt has its timeout.
 */
import { resolveParams } from '../faults/parameters.ts';
import type { Json } from '../op.ts';
import type { ParameterSpec } from '../parameter.ts';
import { suggest, UsageError } from '../registry.ts';

/** Every middleware by name, the outermost first. */
export const MIDDLEWARE: Readonly<
  Record<string, { summary: string; params: Readonly<Record<string, ParameterSpec>> }>
> = {
  'idempotency-key': {
    summary: 'one name for an operation and all its attempts, which a system may know it by',
    params: {},
  },
  'circuit-breaker': {
    summary: 'after failures in a row a node is asked nothing for a while; then one operation tries',
    params: {
      failures: { summary: 'failures in a row that open it', default: 5, min: 1, max: 1_000 },
      openMs: { summary: 'how long it stays open', default: 1_000, min: 1, max: 600_000 },
    },
  },
  retry: {
    summary: 'asks again where an attempt failed or nothing was heard',
    params: {
      attempts: { summary: 'attempts at most, the first included', default: 3, min: 1, max: 100 },
      backoffMs: {
        summary: 'pause before the second attempt; doubles, give or take half',
        default: 50,
        min: 0,
        max: 60_000,
      },
    },
  },
  timeout: {
    summary: 'how long one attempt may take',
    params: { ms: { summary: 'per attempt', default: 500, min: 1, max: 600_000 } },
  },
};

/** One middleware with its parameters, defaults filled in. */
export interface ClientSpec {
  name: string;
  params: Record<string, Json>;
}

/** Reads `retry:attempts=5:backoffMs=20,timeout`, or a list of such words. Throws `UsageError` for what is wrong. */
export function clientSpecs(given: string | readonly string[]): ClientSpec[] {
  const words = (typeof given === 'string' ? given.split(',') : given).map((word) => word.trim());
  const specs = words.filter((word) => word !== '' && word !== 'none').map(specOf);
  const places = Object.keys(MIDDLEWARE);
  const twice = specs.find(({ name }, i) => specs.findIndex((other) => other.name === name) < i);
  if (twice !== undefined) throw new UsageError(`client: ${twice.name} is named twice`);
  return specs.sort((a, b) => places.indexOf(a.name) - places.indexOf(b.name));
}

function specOf(word: string): ClientSpec {
  const [name, ...settings] = word.split(':');
  const known = Object.hasOwn(MIDDLEWARE, name!) ? MIDDLEWARE[name!] : undefined;
  if (known === undefined) {
    throw new UsageError(`client: there is no middleware "${name}"`, {
      hint: suggest(name!, Object.keys(MIDDLEWARE)),
    });
  }
  const given = settings.map((setting): [string, Json] => {
    const [key, value] = setting.split('=');
    const number = Number(value);
    if (!key || value === undefined || value === '' || Number.isNaN(number))
      throw new UsageError(`client: "${setting}" of ${name} is not name=number`, {
        hint: 'write retry:attempts=5:backoffMs=20',
      });
    return [key, number];
  });
  const modes = { client: { summary: known.summary, params: known.params } };
  return { name: name!, params: resolveParams({ name: name!, modes }, 'client', Object.fromEntries(given)) };
}
