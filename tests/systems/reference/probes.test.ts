/**
 * What reference programs say should sometimes happen: it does, in short runs, and they say nothing else.
 */
import { describe, expect, it } from 'vitest';
import { correctTerrain, explore } from '../../../search/explore.ts';
import type { Terrain } from '../../../search/terrain.ts';
import { PROGRAMS } from '../../../systems/reference/programs.ts';

/** What must be set or broken for some of it. */
const BESIDES: Readonly<Record<string, Partial<Terrain>>> = {
  // Only a commander who tells some and not others leaves an order to be missed.
  'oral-messages': { settings: { lies: 'random' } },
};

/** The runs of every look. */
const RUNS = 60;
const LOOKS = 6;

describe.each(Object.entries(PROGRAMS))('%s', (name, { probes = [] }) => {
  it('says what should sometimes happen, and it does', () => {
    expect(probes.length).toBeGreaterThan(0);
    expect(new Set(probes).size).toBe(probes.length);
    const reached = new Set<string>();
    for (let look = 0; look < LOOKS && reached.size < probes.length; look++) {
      const terrain = { ...correctTerrain(name), ...(look % 2 === 1 ? BESIDES[name] : {}) };
      const limits = { budgetMs: 600_000, maxRuns: RUNS, firstSeed: 1 + look * RUNS };
      for (const one of Object.keys(explore(terrain, limits).reached)) reached.add(one);
    }
    expect([...reached].sort()).toEqual([...probes].sort());
  });
});
