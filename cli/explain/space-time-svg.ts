/**
 * A space-time diagram as a picture, time to the right: one line per process, one arrow per message, its events
 * equally far apart in their order, so that a millisecond in which much happens is as readable as a second.
 */
import type { SpaceTime } from './space-time.ts';

const STEP = 46;
const ROW = 74;
const LEFT = 60;
const TOP = 60;

/** The picture as text of an SVG file. */
export function spaceTimeSvg({ processes, messages, remarks }: SpaceTime): string {
  const events = [
    ...messages.flatMap(({ sentOrder, sentNs, endOrder, endNs }) => [
      { id: `m${sentOrder}`, timeNs: sentNs, order: sentOrder },
      { id: `m${endOrder}`, timeNs: endNs, order: endOrder },
    ]),
    ...remarks.map(({ timeNs }, i) => ({ id: `r${i}`, timeNs, order: -1 })),
  ].sort((a, b) => a.timeNs - b.timeNs || a.order - b.order);
  const place = new Map<string, number>();
  for (const { id } of events) if (!place.has(id)) place.set(id, LEFT + (place.size + 1) * STEP);
  const x = (id: string): number => place.get(id)!;
  const y = (name: string): number => TOP + processes.indexOf(name) * ROW;
  const width = LEFT + (place.size + 2) * STEP;
  const height = TOP + processes.length * ROW;
  const lines = processes.map(
    (name) =>
      `<text x="8" y="${y(name) + 5}" class="p">${escaped(name)}</text>` +
      `<line x1="${LEFT}" y1="${y(name)}" x2="${width - STEP / 2}" y2="${y(name)}" class="l"/>`,
  );
  const arrows = messages.map(({ from, to, type, sentOrder, endOrder, sent, received, fate }) => {
    const [x1, y1, x2] = [x(`m${sentOrder}`), y(from), x(`m${endOrder}`)];
    // What did not arrive ends on its way.
    const y2 = received === null ? y1 + (y(to) - y1) * 0.6 : y(to);
    const middle = `x="${(x1 + x2) / 2 + 4}" y="${(y1 + y2) / 2 - 3}"`;
    const end =
      received === null
        ? `<text x="${x2 - 4}" y="${y2 + 4}" class="x">x</text>`
        : `<circle cx="${x2}" cy="${y2}" r="3"/><text x="${x2 + 3}" y="${y2 - 6}" class="s">${received}</text>`;
    const label = received === null ? `${type} (${fate})` : type;
    return (
      `<circle cx="${x1}" cy="${y1}" r="3"/><text x="${x1 + 3}" y="${y1 - 6}" class="s">${sent}</text>` +
      `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${received === null ? 'c' : 'm'}"/>` +
      `${end}<text ${middle} class="t">${escaped(label)}</text>`
    );
  });
  const rows = new Map<string, number[]>();
  /** First line under a process, or of faults over all of them, on which words fit that begin at `at`. */
  const rowOf = (process: string, at: number, words: string): number => {
    const ends = rows.get(process) ?? [];
    rows.set(process, ends);
    const free = ends.findIndex((end) => end < at);
    const row = free >= 0 ? free : Math.min(ends.length, 2);
    ends[row] = at + words.length * 6.2 + 8;
    return row;
  };
  const said = remarks.map(({ process, text }, i) => {
    const at = x(`r${i}`);
    if (process === null) {
      return (
        `<line x1="${at}" y1="${TOP - 32}" x2="${at}" y2="${height - ROW / 2}" class="f"/>` +
        `<text x="${at + 4}" y="${TOP - 22 - 13 * rowOf('', at, text)}" class="r">${escaped(text)}</text>`
      );
    }
    if (!processes.includes(process)) return '';
    return `<rect x="${at - 4}" y="${y(process) - 4}" width="8" height="8" class="o"/><text x="${at}" y="${y(process) + 20 + 13 * rowOf(process, at, text)}" class="o">${escaped(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>text{font:11px sans-serif;fill:#333}.p{font-weight:bold;font-size:14px}.l{stroke:#999}.m{stroke:#2563a8;marker-end:url(#a)}.c{stroke:#b3261e;stroke-dasharray:4 3}.x{fill:#b3261e;font-weight:bold}.s{fill:#666;font-size:9px}.t{fill:#2563a8}.f{stroke:#b3261e;stroke-width:2;stroke-dasharray:2 4}.r{fill:#b3261e}.o{fill:#8a5a00}</style>
<defs><marker id="a" viewBox="0 0 8 8" refX="10" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#2563a8"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
${[...lines, ...said, ...arrows].join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
