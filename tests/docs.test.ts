/**
 * What the documentation shows is true: its configurations load, its commands exist, its links lead somewhere.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { campaignNames } from '../cli/campaign/known.ts';
import { COMMANDS } from '../cli/commands/index.ts';
import { DOC_TABLES, withTable } from '../cli/doc-tables.ts';
import { knownNames } from '../cli/known.ts';
import { loadCampaign } from '../harness/campaign/load.ts';
import { loadConfig } from '../harness/config/load.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'faultline-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pages = ['README.md', 'CONTRIBUTING.md', ...['docs', 'examples', 'suites', 'systems'].flatMap(under)];

function under(path: string): string[] {
  return readdirSync(join(ROOT, path), { withFileTypes: true }).flatMap((entry) => {
    const inside = `${path}/${entry.name}`;
    if (entry.isDirectory()) return under(inside);
    return inside.endsWith('.md') ? [inside] : [];
  });
}

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

describe('configurations in the documentation', () => {
  const blocks = pages.flatMap((page) =>
    [...read(page).matchAll(/```yaml\n([\s\S]*?)```/g)].map((match, i) => ({
      name: `${page} ${i + 1}`,
      text: match[1]!,
    })),
  );

  it.each(blocks.filter(({ text }) => /^(command|system):/m.test(text)))('$name loads', async ({ text }) => {
    const file = join(folder, 'faultline.yaml');
    writeFileSync(file, text);
    await expect(loadConfig(file, knownNames())).resolves.toBeDefined();
  });

  it.each(blocks.filter(({ text }) => /^campaign:/m.test(text)))('$name is a campaign', async ({ text }) => {
    const own = mkdtempSync(join(folder, 'campaign-'));
    writeFileSync(join(own, 'faultline.yaml'), 'command: { start: ./node, maelstrom: [register, set] }\n');
    writeFileSync(join(own, 'faultline.campaign.yaml'), text);
    await expect(loadCampaign(own, campaignNames())).resolves.toBeDefined();
  });
});

describe('commands in the documentation', () => {
  it.each(pages)('%s names only commands and long options that exist', (page) => {
    const fenced = [...read(page).matchAll(/```\w*\n([\s\S]*?)```/g)].map((match) => match[1]!).join('\n');
    const lines = [...fenced.matchAll(/^(?:\$ )?(?:npx )?faultline ([a-z][a-z-]*)(.*)$/gm)];
    const wrong = lines.filter(([, name, rest]) => {
      const options = COMMANDS.find((command) => command.name === name)?.options;
      const known = new Set(options?.map(({ flags }) => flags.split(' ')[0]!));
      return (
        options === undefined || [...rest!.matchAll(/--[a-z][a-z-]*/g)].some(([flag]) => !known.has(flag))
      );
    });
    expect(wrong.map(([line]) => line)).toEqual([]);
  });
});

describe('tables in the documentation', () => {
  it.each(DOC_TABLES)('$page has the $name of now (npm run docs)', (table) => {
    expect(withTable(read(table.page), table)).toBe(read(table.page));
  });
});

describe('pages of the documentation', () => {
  const docs = pages.filter((page) => page.startsWith('docs/'));

  it.each(docs)('%s opens with its title, and has no other', (page) => {
    const text = read(page).replaceAll(/```[\s\S]*?```/g, '');
    expect(text).toMatch(/^# \S/);
    expect(text.match(/^# /gm)).toHaveLength(1);
  });

  it('are all in the table of contents', () => {
    const listed = [...read('docs/index.md').matchAll(/\]\(([a-z-]+\.md)/g)].map(
      (match) => `docs/${match[1]}`,
    );
    expect([...new Set(listed), 'docs/index.md'].sort()).toEqual(docs.sort());
  });

  it('are linked to headings that exist', () => {
    const anchor = (heading: string): string =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-');
    const headings = (page: string): string[] =>
      [...read(page).matchAll(/^#{1,6} (.*)$/gm)].map((match) => anchor(match[1]!));
    const links = docs.flatMap((page) =>
      [...read(page).matchAll(/\]\(([a-z-]+\.md)?#([^)]+)\)/g)].map(([, path, at]) => ({ page, path, at })),
    );
    expect(links.length).toBeGreaterThan(10);
    for (const { page, path, at } of links)
      expect(headings(path === undefined ? page : `docs/${path}`), `${page}: ${path}#${at}`).toContain(at);
  });
});

describe('links in the documentation', () => {
  it.each(pages)('%s holds no half of a merge', (page) => {
    expect(read(page)).not.toMatch(/^(<{7}|={7}|>{7})( |$)/m);
  });

  it.each(pages)('%s links to what exists', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1]!);
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
  });
});
