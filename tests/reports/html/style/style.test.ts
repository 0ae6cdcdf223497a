import { describe, expect, it } from 'vitest';
import { APP } from '../../../../reports/html/style/app.ts';
import { FIGURES } from '../../../../reports/html/style/figures.ts';
import { PAGE } from '../../../../reports/html/style/page.ts';
import { TOKENS } from '../../../../reports/html/style/tokens.ts';
import { deltaE76, deltaE2000, difference, KINDS } from './colour-blindness.ts';

const CSS = TOKENS + PAGE + FIGURES + APP;

/** Custom properties of one theme. */
function theme(pattern: RegExp): Record<string, string> {
  const body = pattern.exec(TOKENS)![1]!;
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+):(#[0-9a-f]{6})/g)].map((match) => [match[1], match[2]]),
  );
}

const LIGHT = theme(/:root\{color-scheme:light;([^}]*)\}/);
const DARK = theme(/:root\[data-theme=dark\]\{color-scheme:dark;([^}]*)\}/);

function luminance(colour: string): number {
  const part = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s theme', (_name, colours) => {
  it('keeps outcomes apart from their ground', () => {
    for (const name of ['ok', 'fail', 'info', 'bad']) {
      expect(contrast(colours[name]!, colours['panel']!), name).toBeGreaterThanOrEqual(3.15);
    }
  });

  it.each(KINDS)('keeps outcomes apart from each other and visible under %s', (kind) => {
    const names = ['ok', 'fail', 'info', 'bad'];
    for (const [i, a] of names.entries()) {
      for (const b of names.slice(i + 1)) {
        const [one, other] = [colours[a]!, colours[b]!];
        expect(difference(one, other, kind), `${a} and ${b}`).toBeGreaterThanOrEqual(20);
        expect(difference(one, other, kind, deltaE76), `${a} and ${b}`).toBeGreaterThanOrEqual(30);
      }
      expect(difference(colours[a]!, colours['panel']!, kind), `${a} on panel`).toBeGreaterThanOrEqual(20);
    }
  });

  it('keeps bars of faults and reigns apart from their ground, and readable on them', () => {
    for (let i = 0; i < 8; i++)
      expect(contrast(colours[`f${i}`]!, colours['panel']!), `f${i}`).toBeGreaterThan(4.4);
    for (let i = 0; i < 6; i++)
      expect(contrast(colours[`t${i}`]!, colours['panel']!), `t${i}`).toBeGreaterThan(4.2);
  });

  it('has readable text', () => {
    for (const ink of ['ink', 'soft']) {
      for (const ground of ['ground', 'panel', 'sunk']) {
        expect(contrast(colours[ink]!, colours[ground]!), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    for (const kind of ['good', 'bad', 'warn']) {
      expect(contrast(colours[`${kind}-ink`]!, colours[`${kind}-wash`]!), kind).toBeGreaterThanOrEqual(4.5);
    }
  });
});

describe('the distance of colours', () => {
  // Pairs 1, 7, 13, 17, 20 and 25 of the test data of Sharma, Wu and Dalal.
  it.each<[[number, number, number], [number, number, number], number]>([
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 0, 0], [50, -1, 2], 2.3669],
    [[50, -0.001, 2.49], [50, 0.0009, -2.49], 4.8045],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[50, 2.5, 0], [58, 24, 15], 19.4535],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
  ])('between %j and %j is %d', (a, b, expected) => {
    expect(deltaE2000(a, b)).toBeCloseTo(expected, 4);
    expect(deltaE2000(b, a)).toBeCloseTo(expected, 4);
  });

  it('knows what looks alike without one kind of cone, and leaves grey grey', () => {
    // Red and green of one lightness.
    expect(difference('#b05030', '#6f7a2a', 'usual')).toBeGreaterThan(30);
    for (const kind of ['protanopia', 'deuteranopia']) {
      expect(difference('#808080', '#808080', kind)).toBe(0);
      expect(difference('#b05030', '#6f7a2a', kind)).toBeLessThan(20);
    }
  });
});

describe('the style', () => {
  it('defines every property it uses, in both themes', () => {
    const used = new Set([...CSS.matchAll(/var\(--([\w-]+)\)/g)].map((match) => match[1]!));
    const defined = new Set([...CSS.matchAll(/--([\w-]+):/g)].map((match) => match[1]!));
    for (const name of used) expect(defined.has(name), name).toBe(true);
    expect(Object.keys(DARK).sort()).toEqual(Object.keys(LIGHT).sort());
  });

  it('is balanced, and asks nothing of the network', () => {
    expect(CSS.split('{').length).toBe(CSS.split('}').length);
    expect(CSS).not.toMatch(/url\(|@import|</);
  });
});
