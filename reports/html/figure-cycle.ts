/**
 * The drawing of a circle of transactions: one box each with what it read and wrote, arrows in the order the history
 * forces, each with its kind and the key it is about. Laid out as two rows, the way round; nothing else is needed,
 * because checkers show the smallest circle they find.
 */
import type { Json } from '../../harness/op.ts';
import { json } from '../format.ts';
import type { Finding, WitnessOp } from '../model.ts';
import { list, number, record, text } from '../read-json.ts';
import { WIDTH } from './figure-axis.ts';
import { html, type Markup } from './markup.ts';

/** Most transactions drawn; a longer circle is told step by step. */
const MOST = 10;
/** Most parts of one transaction written into its box. */
const LINES = 7;
const LINE = 16;
const HEAD = 30;
const ROW_GAP = 76;

/** One arrow: what it is from and to, its kind, and why. */
export interface CycleEdge {
  from: string;
  to: string;
  kind: string;
  because: string;
}

/** The arrows of a finding about a circle; none for other findings. */
export function cycleEdges({ anomaly }: Finding): CycleEdge[] {
  return list(record(anomaly.detail)['edges']).flatMap((entry) => {
    const edge = record(entry);
    const [from, to] = [text(edge['from']), text(edge['to'])];
    return from === '' || to === ''
      ? []
      : [{ from, to, kind: text(edge['kind']), because: text(edge['because']) }];
  });
}

/** What the kinds of arrows mean. */
export const EDGE_WORDS: Readonly<Record<string, string>> = {
  rw: 'rw: read before the other wrote over it',
  wr: 'wr: the other read what it wrote',
  ww: 'ww: the other wrote over it',
  process: 'process: one process ran one before the other',
  realtime: 'realtime: one had returned before the other was invoked',
};

interface Part {
  f: string;
  key: Json;
  value: Json;
}

interface Box {
  name: string;
  who: string;
  parts: Part[];
  x: number;
  y: number;
  w: number;
  h: number;
}

/** The figure, or null when the finding is not about a circle that can be drawn. */
export function cycleFigure(finding: Finding): Markup | null {
  const edges = cycleEdges(finding);
  const boxes = boxesOf(finding);
  if (edges.length < 2 || boxes.length < 2 || boxes.length > MOST || edges.length !== boxes.length)
    return null;
  const height = place(boxes);
  const byName = new Map(boxes.map((box) => [box.name, box]));
  const drawn = edges.flatMap((edge, i) => {
    const [from, to] = [byName.get(edge.from), byName.get(edge.to)];
    return from === undefined || to === undefined ? [] : [{ edge, from, to, i, key: keyOf(edge, from, to) }];
  });
  const marked = new Map<Box, Set<string>>(boxes.map((box) => [box, new Set()]));
  for (const { key, from, to } of drawn)
    if (key !== '') for (const box of [from, to]) marked.get(box)!.add(key);
  const kinds = [...new Set(edges.map(({ kind }) => kind))];
  return html`<figure class="cycle"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Circle of ${boxes.length} transactions: ${edges.map(({ from, kind, to }) => `${from} ${kind} ${to}`).join(', ')}">
${drawn.map(({ edge, from, to, i, key }) => arrow(edge, from, to, key, boxes.length === 2 ? i : -1))}
${boxes.map((box) => boxMarkup(box, marked.get(box)!))}
</svg><figcaption>Each arrow: the history forces the one before the other. ${kinds.map((kind) => EDGE_WORDS[kind] ?? kind).join('; ')}.</figcaption></figure>`;
}

function boxesOf({ anomaly, ops }: Finding): Box[] {
  return list(record(anomaly.detail)['transactions']).flatMap((entry) => {
    const raw = record(entry);
    const name = text(raw['name']);
    if (name === '') return [];
    const op = ops.find((one) => one.index === number(raw['op']));
    const who = op === undefined ? '' : `process ${op.process}${op.node === null ? '' : ` on ${op.node}`}`;
    return [{ name, who, parts: op === undefined ? [] : partsOf(op), x: 0, y: 0, w: 0, h: 0 }];
  });
}

/** Micro-operations of a transaction; of another operation the whole of it as one. */
function partsOf(op: WitnessOp): Part[] {
  const whole = op.outcome === 'ok' && Array.isArray(op.result) ? op.result : op.value;
  if (!Array.isArray(whole) || op.f === 'cas') {
    const value = op.outcome === 'ok' ? (op.result ?? op.value) : op.value;
    return [{ f: op.f, key: op.key ?? null, value: value ?? null }];
  }
  return whole.flatMap((part) =>
    Array.isArray(part) && part.length > 1
      ? [{ f: typeof part[0] === 'string' ? part[0] : json(part[0]), key: part[1]!, value: part[2] ?? null }]
      : [],
  );
}

const READS: ReadonlySet<string> = new Set(['r', 'read']);

/** The key an arrow is about, as text: read or written on both sides as its kind says, and named in its reason. */
function keyOf({ kind, because }: CycleEdge, from: Box, to: Box): string {
  if (kind === 'process' || kind === 'realtime') return '';
  const touched = (box: Box, reads: boolean): string[] =>
    box.parts.filter(({ f }) => READS.has(f) === reads).map(({ key }) => json(key));
  const there = touched(to, kind === 'wr');
  const both = touched(from, kind === 'rw').filter((key) => there.includes(key));
  return both.find((key) => because.includes(`key ${key} `)) ?? both[0] ?? '';
}

/** Two rows, the second from right to left under the first; returns the height of it all. */
function place(boxes: Box[]): number {
  const top = boxes.length === 2 ? 2 : Math.ceil(boxes.length / 2);
  const gap = boxes.length === 2 ? 250 : top > 3 ? 84 : 130;
  const w = Math.min(360, (WIDTH - 24 - gap * (top - 1)) / top);
  const left = (WIDTH - top * w - gap * (top - 1)) / 2;
  const heightOf = (box: Box): number => HEAD + 8 + Math.min(LINES + 1, Math.max(1, box.parts.length)) * LINE;
  const rows = [boxes.slice(0, top), boxes.slice(top)];
  const heights = rows.map((row) => Math.max(0, ...row.map(heightOf)));
  boxes.forEach((box, i) => {
    const second = i >= top;
    const column = second ? top - 1 - (i - top) : i;
    box.w = w;
    box.h = heights[second ? 1 : 0]!;
    box.x = left + column * (w + gap);
    box.y = second ? 8 + heights[0]! + ROW_GAP : 8;
  });
  return 16 + heights[0]! + (rows[1]!.length > 0 ? ROW_GAP + heights[1]! : 0);
}

function boxMarkup({ name, who, parts, x, y, w, h }: Box, marked: ReadonlySet<string>): Markup {
  const room = Math.floor((w - 24) / 7.3);
  const ordered =
    parts.length <= LINES ? parts : [...parts].sort((a, b) => rank(b, marked) - rank(a, marked));
  const shown = ordered.slice(0, parts.length <= LINES ? LINES : LINES - 1);
  const lines = shown.map((part, i) => {
    const hit = marked.has(json(part.key));
    return html`<text class="mono${hit ? ' t-hit' : ''}" x="${x + 12}" y="${y + HEAD + 14 + i * LINE}">${partText(part, room)}</text>`;
  });
  const more = parts.length - shown.length;
  const rest =
    more > 0 &&
    html`<text class="t-soft" x="${x + 12}" y="${y + HEAD + 14 + shown.length * LINE}">and ${more} more</text>`;
  return html`<rect class="box" x="${x}" y="${y}" width="${w}" height="${h}" rx="6"/><text class="t-name" x="${x + 12}" y="${y + 19}">${name}</text><text class="t-soft" x="${x + w - 12}" y="${y + 19}" text-anchor="end">${who}</text><line class="lane" x1="${x}" x2="${x + w}" y1="${y + HEAD - 3}" y2="${y + HEAD - 3}"/>${lines}${rest}`;
}

function rank({ key }: Part, marked: ReadonlySet<string>): number {
  return marked.has(json(key)) ? 1 : 0;
}

/** `read 13 [… 3170 3272]`: of a long list its end, where the newest is. */
function partText({ f, key, value }: Part, room: number): string {
  const word = f === 'r' ? 'read' : f === 'w' ? 'write' : f;
  const head = `${word} ${json(key, 24)} `;
  if (!Array.isArray(value)) return (head + json(value, Math.max(8, room - head.length))).slice(0, room);
  const items = value.map((item) => json(item, 20));
  let from = items.length;
  let used = head.length + 4;
  while (from > 0 && used + items[from - 1]!.length + 1 <= room) used += items[--from]!.length + 1;
  return `${head}[${from > 0 ? '… ' : ''}${items.slice(from).join(' ')}]`;
}

/** `way` is 0 or 1 for the two arrows between two boxes, -1 otherwise. */
function arrow({ kind }: CycleEdge, from: Box, to: Box, key: string, way: number): Markup {
  const label = key === '' ? kind : `${kind} on ${key}`;
  const dash = kind === 'process' || kind === 'realtime' ? ' e-order' : kind === 'rw' ? ' e-rw' : '';
  const line = (d: string, head: string, x: number, y: number, anchor: string): Markup =>
    html`<path class="edge${dash}" d="${d}"/><path class="edge-head${dash}" d="${head}"/><text class="t-edge" x="${x}" y="${y}" text-anchor="${anchor}">${label}</text>`;
  const sameRow = from.y === to.y;
  if (sameRow) {
    const right = to.x > from.x;
    const y = from.y + from.h / 2 + (way === 0 ? -18 : way === 1 ? 18 : 0);
    const [x1, x2] = right ? [from.x + from.w + 4, to.x - 4] : [from.x - 4, to.x + to.w + 4];
    const back = right ? -9 : 9;
    return line(
      `M${x1} ${y}H${x2 + back}`,
      `M${x2} ${y}l${back} -5v10z`,
      (x1 + x2) / 2,
      way === 1 ? y + 17 : y - 8,
      'middle',
    );
  }
  const down = to.y > from.y;
  if (Math.abs(from.x - to.x) < 1) {
    const x = from.x + from.w / 2;
    const [y1, y2] = down ? [from.y + from.h + 4, to.y - 4] : [from.y - 4, to.y + to.h + 4];
    const back = down ? -9 : 9;
    return line(`M${x} ${y1}V${y2 + back}`, `M${x} ${y2}l-5 ${back}h10z`, x + 10, (y1 + y2) / 2 + 4, 'start');
  }
  // The last of an odd number goes round the corner, up to the first.
  const x = to.x + to.w / 2;
  const y = from.y + from.h / 2;
  const end = to.y + to.h + 4;
  return line(
    `M${from.x - 4} ${y}H${x}V${end + 9}`,
    `M${x} ${end}l-5 9h10z`,
    x + 10,
    (y + end) / 2 + 4,
    'start',
  );
}
