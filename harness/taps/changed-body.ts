/**
 * Other contents for a message: one value in it replaced by one that nobody said. Kinds of values stay, so that
 * what arrives is a message like any other to whoever only looks at its form.
 */
import type { Json } from '../op.ts';
import type { Body } from '../program.ts';
import type { Rng } from '../random.ts';
import { PROTOCOL_FIELDS } from './tap.ts';

/** Where a scalar is in a value: names and positions. */
type Path = readonly (string | number)[];

/** Names under which messages carry what clients said. */
const PAYLOAD = /^(value|values|order|orders|entry|entries|element|item|message|command|echo|data)$/i;
/** Share of changes that go for the payload where there is one. */
const PAYLOAD_SHARE = 0.75;

/** The message with one scalar changed; null when it holds none that could be. O(size). */
export function changedBody(body: Body, rng: Rng): Body | null {
  const fields = Object.keys(body).filter((name) => !PROTOCOL_FIELDS.has(name));
  const paths = fields.flatMap((name) => scalars(body[name]!, [name]));
  if (paths.length === 0) return null;
  const payload = paths.filter((path) => path.some((part) => PAYLOAD.test(String(part))));
  const among = payload.length > 0 && rng.chance(PAYLOAD_SHARE) ? payload : paths;
  return replaced(body, rng.pick(among), (value) => other(value, rng)) as Body;
}

/** The message with its whole numbers that are no payload a little higher, some of them: later than the true one. */
export function laterBody(body: Body, rng: Rng): Body {
  let later: Json = body;
  for (const name of Object.keys(body)) {
    if (PROTOCOL_FIELDS.has(name)) continue;
    for (const path of scalars(body[name]!, [name])) {
      if (path.some((part) => PAYLOAD.test(String(part))) || !rng.chance(0.5)) continue;
      later = replaced(later, path, (value) =>
        Number.isInteger(value) ? Number(value) + rng.int(1, 3) : value,
      );
    }
  }
  return later as Body;
}

/** A value with one scalar in it changed; the value itself where there is none. */
export function changedValue(value: Json, rng: Rng): Json {
  const paths = scalars(value, []);
  return paths.length === 0 ? value : replaced(value, rng.pick(paths), (each) => other(each, rng));
}

function scalars(value: Json, path: Path): Path[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [path];
  if (Array.isArray(value)) return value.flatMap((item, i) => scalars(item, [...path, i]));
  return Object.entries(value).flatMap(([name, item]) => scalars(item, [...path, name]));
}

/** A copy with the value at the path changed. */
function replaced(value: Json, path: Path, change: (value: Json) => Json): Json {
  const [head, ...rest] = path;
  if (head === undefined) return change(value);
  if (Array.isArray(value)) return value.map((item, i) => (i === head ? replaced(item, rest, change) : item));
  const map = value as { [name: string]: Json };
  return { ...map, [head]: replaced(map[String(head)]!, rest, change) };
}

/** Another value of the same kind: numbers out of the range of what is counted here, words with an ending. */
function other(value: Json, rng: Rng): Json {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') {
    return Number.isInteger(value) ? 900_000_000 + rng.int(0, 99_999_999) : value + 1 + rng.float();
  }
  return `${value}-forged-${rng.int(0, 999_999)}`;
}
