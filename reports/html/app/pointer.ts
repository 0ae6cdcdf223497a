/**
 * Mouse and touch on the charts: drag pans, wheel with a modifier zooms, a click selects, a double click shows
 * the whole run, with shift a drag marks a stretch, moving shows the cursor in every chart and a tip.
 */
import type { Chart } from './chart.ts';
import type { View } from './view.ts';

/** A press that moves less than this is a click, pixels. */
const CLICK = 4;

/** Makes a chart answer to the pointer; `onEvent` is told of clicks on events of messages. */
export function attachPointer(chart: Chart, view: View, onEvent: (event: number) => void = () => {}): void {
  const { canvas } = chart;
  let press: { x: number; from: number; to: number; moved: boolean; marks: number | null } | null = null;
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    const marks = event.shiftKey ? chart.time(event.offsetX) : null;
    press = { x: event.offsetX, from: view.from, to: view.to, moved: false, marks };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    view.cursor = chart.time(event.offsetX);
    view.changed('cursor');
    if (press === null) {
      showTip(chart, event);
      return;
    }
    const by = event.offsetX - press.x;
    if (!press.moved && Math.abs(by) < CLICK) return;
    press.moved = true;
    hideTip();
    if (press.marks !== null) {
      view.setMark([press.marks, chart.time(event.offsetX)], press.marks);
      return;
    }
    canvas.classList.add('drag');
    const shift = (by / chart.plotWidth) * (press.to - press.from);
    view.show(press.from - shift, press.to - shift);
  });
  canvas.addEventListener('pointerup', (event) => {
    canvas.classList.remove('drag');
    if (press?.marks != null) {
      // A click with shift takes the mark away.
      view.setMark(press.moved ? [press.marks, chart.time(event.offsetX)] : null);
    } else if (press !== null && !press.moved) {
      const hit = chart.hit(event.offsetX, event.offsetY);
      if (hit?.event !== undefined) onEvent(hit.event);
      else view.select(hit?.row ?? -1);
    }
    press = null;
  });
  canvas.addEventListener('pointercancel', () => {
    press = null;
  });
  canvas.addEventListener('pointerleave', () => {
    view.cursor = null;
    view.changed('cursor');
    hideTip();
  });
  canvas.addEventListener('dblclick', () => view.show(0, view.end));
  canvas.addEventListener(
    'wheel',
    (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!sideways && !event.ctrlKey && !event.metaKey && !event.altKey) return;
      event.preventDefault();
      if (sideways) view.pan(event.deltaX / chart.plotWidth);
      else view.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), chart.time(event.offsetX));
    },
    { passive: false },
  );
}

function showTip(chart: Chart, event: PointerEvent): void {
  const hit = chart.hit(event.offsetX, event.offsetY);
  if (hit === null) {
    hideTip();
    return;
  }
  const tip = document.getElementById('tip')!;
  tip.textContent = hit.text;
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(event.clientX + 14, window.innerWidth - width - 8);
  const below = event.clientY + 18;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${below + height > window.innerHeight ? event.clientY - height - 12 : below}px`;
}

function hideTip(): void {
  document.getElementById('tip')!.hidden = true;
}
