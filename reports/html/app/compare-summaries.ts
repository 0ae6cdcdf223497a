/**
 * A verdict.json in the values by which runs are compared, and in which of them two differ. Pure.
 */
import { list, number, record, text } from '../../read-json.ts';
import type { Summary } from '../overview.ts';

/** The values of a verdict.json, by the names of `summaryOf`; null when it is none. */
export function summaryOfFile(value: unknown): Summary | null {
  const file = record(value);
  if (typeof file['verdict'] !== 'string' || typeof file['checkers'] !== 'object') return null;
  const counts = record(file['counts']);
  const figure = (name: string): string => text(counts[name]);
  return {
    run: Object.fromEntries(
      ['name', 'system', 'workload', 'backend', 'seed'].map((name) => [name, text(file[name])]),
    ),
    outcome: {
      verdict: text(file['verdict']),
      sentence: text(file['sentence']),
      ...Object.fromEntries(
        Object.entries(record(file['checkers'])).map(([name, entry]) => {
          const kinds = [
            ...new Set(list(record(entry)['anomalies']).map((one) => text(record(one)['kind']))),
          ].sort();
          const verdict = text(record(entry)['verdict']);
          return [`checker ${name}`, kinds.length === 0 ? verdict : `${verdict}: ${kinds.join(', ')}`];
        }),
      ),
      ...Object.fromEntries(
        list(file['gates']).map((gate) => [
          `gate ${text(record(gate)['name'])}`,
          record(gate)['holds'] === true ? 'holds' : 'does not hold',
        ]),
      ),
    },
    operations: {
      invoked: figure('invoked'),
      ok: figure('ok'),
      failed: figure('fail'),
      ambiguous: String(number(counts['info']) ?? 0),
      ...Object.fromEntries(
        Object.entries(record(counts['errors'])).map(([kind, n]) => [`error ${kind}`, text(n)]),
      ),
    },
    faults: Object.fromEntries(
      list(file['faults']).map((entry) => {
        const fault = record(entry);
        const label = [text(record(fault['span'])['label']) || text(fault['fault']), text(fault['mode'])]
          .filter(Boolean)
          .join(' ');
        return [
          text(fault['id']),
          `${label}: ${text(fault['state'])}${fault['bit'] === false ? ', no effect' : ''}`,
        ];
      }),
    ),
  };
}

/** Rows in which two summaries differ, part by part, and how many are the same. */
export function differences(
  own: Summary,
  other: Summary,
): { rows: [string, string, string][]; same: number } {
  const rows: [string, string, string][] = [];
  let same = 0;
  for (const part of [...new Set([...Object.keys(own), ...Object.keys(other)])]) {
    const [a, b] = [own[part] ?? {}, other[part] ?? {}];
    for (const name of [...new Set([...Object.keys(a), ...Object.keys(b)])]) {
      if ((a[name] ?? '') === (b[name] ?? '')) same++;
      else rows.push([name, a[name] ?? '', b[name] ?? '']);
    }
  }
  return { rows, same };
}
