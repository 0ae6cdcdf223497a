import { describe, expect, test } from 'vitest';
import { bugDefaults } from '../../cli/bug-defaults.ts';
import { raft } from '../../systems/raft.ts';

describe('bug defaults', () => {
  test('are the workload, the faults and the settings under which the first bug shows', () => {
    expect(bugDefaults(raft, ['forget-vote', 'two-votes'])).toEqual({
      workload: 'leader',
      nemesis: 'kill@all',
      ...raft.bugs['forget-vote']!.config,
    });
  });

  test('are none without bugs', () => {
    expect(bugDefaults(raft, [])).toEqual({});
  });

  test('name the nearest bug for one that is not there', () => {
    expect(() => bugDefaults(raft, ['forget-vot'])).toThrow(/raft has no bug switch "forget-vot"/);
  });
});
