/**
 * docs/topics.md: every command of it runs and ends as its row says.
 */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Workplace } from './cli.ts';

const PAGE = readFileSync(new URL('../../docs/topics.md', import.meta.url), 'utf8');
const ROWS = [...PAGE.matchAll(/^\| ([^|]+) \| [^|]+ \| `faultline ([^`]+)` \| ([^|]+) \|$/gm)].map(
  ([, topic, command, ends]) => ({ topic: topic!, command: command!, ends: ends! }),
);
const place = new Workplace();
afterAll(() => place.remove());

describe('the topics', () => {
  it('are there, each with a command', () => {
    expect(ROWS.length).toBeGreaterThan(35);
    expect(PAGE.match(/^\| (?!topic|exercise)[^|-]/gm)).toHaveLength(ROWS.length);
  });

  const once = new Map(ROWS.map((row) => [`${row.command} ${row.ends}`, row]));
  it.each([...once.values()])('$topic: faultline $command', async ({ command, ends }) => {
    const seed = /^(run|demo)/.test(command) && !command.includes('--seed') ? ['--seed', '7'] : [];
    const { code, stdout, stderr } = await place.run(...command.split(' '), ...seed);
    expect(code, stderr).toBe(ends === 'fails' ? 1 : 0);
    const said = /^prints "(.*)"$/.exec(ends)?.[1];
    if (said !== undefined) expect(`${stdout}${stderr}`).toContain(said);
    else if (ends === 'as expected') expect(stderr).toContain('demo       as expected');
    else expect(['passes', 'fails']).toContain(ends);
  });
});
