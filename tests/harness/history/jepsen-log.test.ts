import { describe, expect, it } from 'vitest';
import { HistoryError } from '../../../harness/history/builder.ts';
import { parseJepsenLog } from '../../../harness/history/jepsen-log.ts';

const parse = (text: string) => parseJepsenLog(Buffer.from(text), 'run.log');

describe('parseJepsenLog', () => {
  it('reads operations, errors and observations', () => {
    const { history, notes } = parse(
      [
        'INFO  jepsen.core - Worker 0 starting',
        'INFO  jepsen.util - 0\t:invoke\t:cas\t[1 2]',
        'INFO  jepsen.util - :nemesis  :info  :start  Cut off {:n1 #{:n2}',
        'INFO  jepsen.util - 0\t:fail\t:cas\t[1 2]',
        'INFO  jepsen.util - 3  :invoke  :write  4',
        'INFO  jepsen.util - 3  :info  :write  :timed-out',
        'INFO  jepsen.util - 4  :invoke  :read  nil',
        'INFO  jepsen.util - 4  :fail  :read  :timed-out',
        '2016-01-02 03:04:05{GMT}\tINFO\t[jepsen worker 1] jepsen.util: 1\t:invoke\t:read\tnil',
        '2016-01-02 03:04:05{GMT}\tINFO\t[jepsen worker 1] jepsen.util: 1\t:ok\t:read\t:blue',
      ].join('\n'),
    );
    const ops = [...history.ops()];
    expect(ops.map((op) => [op.process, op.type, op.f, op.value])).toEqual([
      [0, 'invoke', 'cas', [1, 2]],
      ['nemesis', 'info', 'start', 'Cut off {:n1 #{:n2}'],
      [0, 'fail', 'cas', [1, 2]],
      [3, 'invoke', 'write', 4],
      [3, 'info', 'write', 4],
      [4, 'invoke', 'read', null],
      [4, 'fail', 'read', null],
      [1, 'invoke', 'read', null],
      [1, 'ok', 'read', 'blue'],
    ]);
    expect(history.error(2)).toEqual({ definite: true, kind: 'precondition-failed' });
    expect(history.error(4)).toEqual({ definite: false, kind: 'timed-out' });
    expect(history.error(6)).toEqual({ definite: true, kind: 'timed-out' });
    expect(notes[0]).toContain('1 lines of the log are no operations');
  });

  it('places errors', () => {
    const error = (text: string): HistoryError => {
      try {
        parse(text);
      } catch (caught) {
        if (caught instanceof HistoryError) return caught;
      }
      throw new Error('expected a HistoryError');
    };
    expect(error('x\nINFO  jepsen.util - 0 :ok :read 3\n').place).toBe('run.log:2:1');
    expect(error('INFO  jepsen.util - 0 :invoke :write [3\n').place).toBe('run.log:1:38');
    expect(error('nothing here\n').hint).toContain('expected lines such as');
  });
});
