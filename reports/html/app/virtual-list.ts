/**
 * A list of which only the rows on screen exist: a run of millions scrolls as well as one of ten. Rows are reached by
 * mouse and by the arrow keys alike.
 */
import { element } from './dom.ts';

const ROW = 26;
/** Browsers cap the height of elements; beyond this, scrolling is scaled. */
const TALLEST = 8_000_000;
/** Rows a page key moves by. */
const PAGE = 14;

/** What a list shows. */
export interface ListSource {
  head: readonly string[];
  /** Row number `i` as an element; the list places it. */
  line(i: number): HTMLElement;
  /** Row that is selected, or -1. */
  selected(): number;
  /** Called for a row reached by keys or by a click. */
  choose(i: number, by: 'key' | 'mouse'): void;
}

/** The list. */
export class VirtualList {
  readonly #box: HTMLElement;
  readonly #space = element('div', { class: 'op-space' });
  readonly #source: ListSource;
  #length = 0;

  constructor(box: HTMLElement, source: ListSource) {
    this.#box = box;
    this.#source = source;
    const head = element('div', { class: 'op-head', role: 'row' });
    for (const name of source.head) head.append(element('span', { role: 'columnheader' }, name));
    box.append(head, this.#space);
    box.addEventListener('scroll', () => this.draw());
    box.addEventListener('keydown', (event) => this.#key(event));
    this.#space.addEventListener('click', (event) => {
      const i = this.#clicked(event);
      if (i >= 0 && i < this.#length) source.choose(i, 'mouse');
    });
  }

  /** By place where no row was hit: rows are made anew whenever the view changes, also while a button is held. */
  #clicked({ target, clientY }: MouseEvent): number {
    const row = (target as Element).closest('[aria-rowindex]');
    if (row !== null && this.#space.contains(row)) return Number(row.getAttribute('aria-rowindex')) - 1;
    return Math.floor((clientY - this.#space.getBoundingClientRect().top - this.#shift) / ROW);
  }

  /** Shows rows 0 to `length`. */
  show(length: number): void {
    this.#length = length;
    this.#space.style.height = `${Math.min(TALLEST, length * ROW)}px`;
    this.#box.setAttribute('aria-rowcount', String(length));
    this.draw();
  }

  get #scale(): number {
    return Math.max(1, (this.#length * ROW) / TALLEST);
  }

  /** How far rows stand from where they would be if the list were as high as it is long. */
  get #shift(): number {
    return this.#scale > 1 ? this.#box.scrollTop * (1 - this.#scale) : 0;
  }

  draw(): void {
    const height = this.#box.clientHeight;
    const first = Math.max(0, Math.floor((this.#box.scrollTop * this.#scale) / ROW) - 2);
    const last = Math.min(this.#length, first + Math.ceil(height / ROW) + 4);
    const shift = this.#shift;
    const selected = this.#source.selected();
    const lines: HTMLElement[] = [];
    for (let i = first; i < last; i++) {
      const line = this.#source.line(i);
      line.setAttribute('role', 'row');
      line.setAttribute('aria-rowindex', String(i + 1));
      if (i === selected) line.setAttribute('aria-selected', 'true');
      line.style.top = `${i * ROW + shift}px`;
      lines.push(line);
    }
    this.#space.replaceChildren(...lines);
  }

  /** Scrolls a row into view. */
  reveal(i: number): void {
    const top = (i * ROW) / this.#scale;
    const room = this.#box.clientHeight - 2 * ROW;
    if (top < this.#box.scrollTop) this.#box.scrollTop = top;
    else if (top > this.#box.scrollTop + room) this.#box.scrollTop = top - room;
  }

  #key(event: KeyboardEvent): void {
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: PAGE,
      PageUp: -PAGE,
      Home: -this.#length,
      End: this.#length,
    };
    const step = steps[event.key];
    if (step === undefined || this.#length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.#source.selected();
    const next = Math.min(this.#length - 1, Math.max(0, at < 0 ? 0 : at + step));
    this.#source.choose(next, 'key');
    this.reveal(next);
  }
}
