import { describe, expect, it } from 'vitest';
import { APP } from '../../../../reports/html/style/app.ts';
import { FIGURES } from '../../../../reports/html/style/figures.ts';
import { PAGE } from '../../../../reports/html/style/page.ts';
import { TOKENS } from '../../../../reports/html/style/tokens.ts';

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
