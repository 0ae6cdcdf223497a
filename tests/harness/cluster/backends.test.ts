import { describe, expect, it } from 'vitest';
import { CAPABILITIES } from '../../../harness/capability.ts';
import { BACKENDS, offeredElsewhere } from '../../../harness/cluster/backends.ts';

describe('what a backend does not offer', () => {
  it.each(BACKENDS.map(({ name }) => name))('names all who offer it and nobody else: %s', (name) => {
    const backend = BACKENDS.find((one) => one.name === name)!;
    const told = new Map(offeredElsewhere(backend).map((one) => [one.capability, one.reason]));
    for (const capability of CAPABILITIES) {
      const able = BACKENDS.filter(({ offers }) => offers.includes(capability)).map((one) => one.name);
      const expected = able.length > 0 && !able.includes(name) ? able : null;
      const [start, who] = told.get(capability)?.split(' does not offer it; ') ?? [null, null];
      expect(who?.replace(/ do(es)?$/, '').split(/, | and /) ?? null, capability).toEqual(expected);
      if (who !== null) expect(start).toBe(name);
    }
  });

  it('is worded for one and for several', () => {
    const all = BACKENDS.flatMap((backend) => offeredElsewhere(backend).map(({ reason }) => reason));
    expect(all.length).toBeGreaterThan(5);
    for (const reason of all) {
      expect(reason).toMatch(/^\w+ does not offer it; (\w+ does|(\w+, )*\w+ and \w+ do)$/);
    }
    const docker = BACKENDS.find(({ name }) => name === 'docker')!;
    const power = offeredElsewhere(docker).find(({ capability }) => capability === 'disk.power');
    expect(power?.reason).toMatch(/^docker does not offer it; .*netns/);
  });
});
