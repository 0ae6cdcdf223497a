/**
 * Addresses, needs and project files: what is taken, what is refused and in which words.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseRedis, withoutSecrets } from '../../../../harness/campaign/workers/address.ts';
import { keyOf, meets, needsText } from '../../../../harness/campaign/workers/needs.ts';
import { isProject, projectFiles } from '../../../../harness/campaign/workers/project.ts';

describe('an address of Redis', () => {
  it.each([
    ['redis://host', 'redis://host:6379'],
    ['redis://user:secret@host:1/3', 'redis://host:1/3'],
    ['rediss://:s%40cret@host', 'rediss://host:6379'],
    ['redis://[::1]:7', 'redis://[::1]:7'],
  ])('%s is shown as %s', (given, shown) => {
    expect(parseRedis(given)).toEqual({ url: given, shown });
  });

  it.each([
    ['host:6379', 'write redis://host:6379'],
    ['rdis://host', 'did you mean "redis"'],
    ['http://host', 'one of: redis, rediss'],
    ['redis://host/first', 'write redis://host/0'],
    ['redis://host:port', 'write redis://host:6379'],
    ['secret@host', 'write redis://host:6379'],
  ])('%s is none: %s', (given, hint) => {
    expect(() => parseRedis(given)).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) }));
  });

  it('never lets its password be seen', () => {
    for (const given of ['redis://:secret@h/x', 'x://:secret@h', ':secret@h', 'redis://:sec/ret@h:p'])
      expect(() => parseRedis(given)).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/secret|sec\/ret/) }),
      );
    expect(withoutSecrets('--workers redis://me:secret@host:1 --store s3://bucket')).toBe(
      '--workers redis://host:1 --store s3://bucket',
    );
  });
});

describe('needs', () => {
  const needs = [['tcp', 'netns'], ['etcd']];
  it('are one queue when they are the same, and told by what is lacking', () => {
    expect(keyOf(needs)).toBe('etcd+netns|tcp');
    expect(keyOf([['etcd'], ['netns', 'tcp', 'tcp']])).toBe(keyOf(needs));
    expect(keyOf([])).toBe('any');
    expect(keyOf([['tcp'], ['program:/opt/my|own']])).toBe('program%3A%2Fopt%2Fmy%7Cown+tcp');
    expect(meets(['tcp', 'etcd'], needs)).toBe(true);
    expect(meets(['tcp'], needs)).toBe(false);
    expect(meets([], [])).toBe(true);
    expect(needsText(needs)).toBe('tcp or netns, and etcd');
    expect(needsText([...needs, ['project']], ['tcp'])).toBe('etcd, and the files of the project');
  });
});

describe('the project', () => {
  const root = mkdtempSync(join(tmpdir(), 'faultline-project-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('is a folder with the same files, at the same commit where both have one', async () => {
    writeFileSync(join(root, 'night.yaml'), 'campaign: x');
    const files = await projectFiles(['night.yaml', 'night.yaml'], root);
    expect(files.length).toBe(1);
    expect(await isProject({ commit: 'abc', files }, root, 'abc')).toBe(true);
    expect(await isProject({ commit: 'abc', files }, root, null)).toBe(true);
    expect(await isProject({ commit: 'abc', files }, root, 'def')).toBe(false);
    writeFileSync(join(root, 'night.yaml'), 'campaign: y');
    expect(await isProject({ commit: null, files }, root, null)).toBe(false);
    await expect(projectFiles(['../other.yaml'], root)).rejects.toThrow('from outside of this folder');
    await expect(projectFiles(['none.yaml'], root)).rejects.toThrow('this file cannot be read');
  });
});
