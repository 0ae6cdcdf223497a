/**
 * Shared parts of a witness's drawing: the time scale, its ticks, bands of faults. SVG as escaped markup, with
 * classes instead of colours so that it follows the theme, and without inline styles.
 */
import { duration, moment } from '../format.ts';
import type { FaultRow, Finding, ReportModel } from '../model.ts';
import { whereOf } from '../where.ts';
import { html, type Markup } from './markup.ts';

/** Width of every drawing, in SVG units. */
export const WIDTH = 1080;
/** Width of the labels at its left. */
export const GUTTER = 96;
/** Room above the lanes for band labels and ticks. */
export const HEAD = 46;

/** A stretch of time on the drawing. */
export interface Scale {
  fromNs: number;
  toNs: number;
  x(ns: number): number;
}

/** The witness's stretch with some room around it, and the edges of its faults when they are near; inside the run. */
export function scaleOf(model: ReportModel, finding: Finding): Scale {
  const length = Math.max(finding.toNs - finding.fromNs, 2e6);
  const room = length * 0.3;
  let fromNs = finding.fromNs - room;
  let toNs = finding.toNs + room;
  for (const fault of model.faults) {
    if (!finding.during.includes(fault.id)) continue;
    const { fromNs: begins, toNs: ends } = fault;
    if (begins !== null && finding.fromNs - begins < length) fromNs = Math.min(fromNs, begins - room / 3);
    if (ends !== null && ends - finding.toNs < length) toNs = Math.max(toNs, ends + room / 3);
  }
  fromNs = Math.max(0, fromNs);
  toNs = Math.max(fromNs + 1, Math.min(toNs, Math.max(model.durationNs, finding.toNs)));
  const x = (ns: number): number => {
    const at = GUTTER + ((ns - fromNs) / (toNs - fromNs)) * (WIDTH - GUTTER - 12);
    return Math.round(Math.min(WIDTH - 12, Math.max(GUTTER, at)) * 10) / 10;
  };
  return { fromNs, toNs, x };
}

const STEPS = [1, 2, 5];

/** Round moments about `wanted` times in a stretch of time. */
export function tickTimes(fromNs: number, toNs: number, wanted: number): number[] {
  const rough = Math.max(1, (toNs - fromNs) / wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = STEPS.map((one) => one * power).find((one) => one >= rough) ?? 10 * power;
  const ticks: number[] = [];
  for (let at = Math.ceil(fromNs / step) * step; at <= toNs; at += step) ticks.push(at);
  return ticks;
}

/** Grid lines with their moments. */
export function ticks(scale: Scale, height: number): Markup[] {
  return tickTimes(scale.fromNs, scale.toNs, 8).map((at) => {
    const x = scale.x(at);
    const label = Math.min(x, WIDTH - 34);
    return html`<line class="tick" x1="${x}" x2="${x}" y1="${HEAD}" y2="${height}"/><text class="t-soft" x="${label}" y="${HEAD - 6}" text-anchor="middle">${moment(at)}</text>`;
  });
}

/** Faults in force, as bands behind the lanes, their names on top. */
export function bands(faults: readonly FaultRow[], scale: Scale, height: number): Markup[] {
  let free = 0;
  return faults.flatMap((fault) => {
    if (fault.fromNs === null) return [];
    const from = scale.x(fault.fromNs);
    const to = scale.x(fault.toNs ?? scale.toNs);
    const label = `${fault.label}: ${whereOf(fault)}`;
    const x = Math.max(from + 4, free);
    const fits = x + label.length * 6.5 < WIDTH;
    if (fits) free = x + label.length * 6.5 + 16;
    const y = 14;
    return [
      html`<rect class="band b${fault.colour % 8}" x="${from}" y="20" width="${Math.max(1, to - from)}" height="${height - 20}"/>`,
      fits ? html`<text x="${x}" y="${y}">${label}</text>` : html``,
    ];
  });
}

/** A bar of at least `min` units. */
export function barWidth(from: number, to: number, min = 3): number {
  return Math.round(Math.max(min, to - from) * 10) / 10;
}

/** `2.4 s` between two moments. */
export function lengthText(fromNs: number, toNs: number): string {
  return duration(toNs - fromNs);
}
