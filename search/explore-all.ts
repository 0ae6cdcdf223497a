/**
 * A search spread over workers: ranges of seeds are handed out in order and put together in order, so that what
 * is found, after how many runs, and what is counted depend on the seeds alone and not on how many workers there
 * were or how fast. Only how far a budget of time reaches does.
 */
import { Worker } from 'node:worker_threads';
import { machineMs, macrotask } from '../harness/time.ts';
import {
  addSearch,
  explore,
  foundEnough,
  nothingSearched,
  type Search,
  type SearchLimits,
  surveyFor,
} from './explore.ts';
import { type TerrainSpec, terrainOf } from './terrain.ts';

/** Runs a worker is handed at once. */
const RANGE = 8;

/** What a worker is asked: these seeds, for as long as is left. */
export interface RangeRequest {
  number: number;
  terrain: TerrainSpec;
  limits: SearchLimits;
}

/** What it answers. */
export interface RangeAnswer {
  number: number;
  search?: Search;
  /** Why there is none. */
  error?: string;
}

/** Calls back in a turn of the event loop of its own, which asynchronous nodes need. */
export function inTurn<T>(work: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    macrotask(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** Searches with so many workers; one is this thread. `onProgress` hears of every range. Rejects as they do. */
export async function exploreAll(
  terrain: TerrainSpec,
  limits: SearchLimits,
  workers = 1,
  onProgress?: (search: Search) => void,
): Promise<Search> {
  return workers <= 1
    ? alone(terrain, limits, onProgress)
    : new Spread(terrain, limits, workers, onProgress).run();
}

async function alone(
  spec: TerrainSpec,
  limits: SearchLimits,
  onProgress?: (search: Search) => void,
): Promise<Search> {
  const began = machineMs();
  const terrain = terrainOf(spec);
  const search = nothingSearched();
  const seen = await inTurn(() => surveyFor(terrain));
  while (search.runs < limits.maxRuns && !foundEnough(search, limits)) {
    const left = limits.budgetMs - (machineMs() - began);
    if (left <= 0) break;
    const range = {
      ...limits,
      budgetMs: left,
      maxRuns: Math.min(RANGE, limits.maxRuns - search.runs),
      firstSeed: limits.firstSeed + search.runs,
    };
    addSearch(search, await inTurn(() => explore(terrain, range, undefined, seen)), machineMs() - began);
    onProgress?.(search);
  }
  search.tookMs = machineMs() - began;
  return search;
}

/** Ranges in the hands of several workers. */
class Spread {
  readonly #terrain: TerrainSpec;
  readonly #limits: SearchLimits;
  readonly #onProgress: ((search: Search) => void) | undefined;
  readonly #workers: Worker[];
  readonly #began = machineMs();
  readonly #search = nothingSearched();
  /** Answers that wait for those before them, by number. */
  readonly #answers = new Map<number, Search>();
  #next = 0;
  #merged = 0;
  #out = 0;
  #over = false;
  #resolve!: (search: Search) => void;
  #reject!: (error: unknown) => void;

  constructor(
    terrain: TerrainSpec,
    limits: SearchLimits,
    workers: number,
    onProgress?: (search: Search) => void,
  ) {
    this.#terrain = terrain;
    this.#limits = limits;
    this.#onProgress = onProgress;
    this.#workers = Array.from({ length: workers }, () => this.#start());
  }

  async run(): Promise<Search> {
    const done = new Promise<Search>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    for (const worker of this.#workers) this.#hand(worker);
    try {
      return await done;
    } finally {
      await Promise.all(this.#workers.map((worker) => worker.terminate()));
    }
  }

  #start(): Worker {
    const worker = new Worker(exploreWorkerUrl());
    worker.on('message', (answer: RangeAnswer) => this.#take(worker, answer));
    worker.on('error', (error) => this.#reject(error));
    worker.on('exit', (code) => {
      if (!this.#over) this.#reject(new Error(`a worker ended by itself, with ${code}`));
    });
    return worker;
  }

  /** The next range to a worker that is free; the end when there is none and nobody is at work. */
  #hand(worker: Worker): void {
    const left = this.#limits.budgetMs - (machineMs() - this.#began);
    const from = this.#next * RANGE;
    if (this.#over || left <= 0 || from >= this.#limits.maxRuns) {
      if (this.#out === 0) this.#end();
      return;
    }
    const request: RangeRequest = {
      number: this.#next++,
      terrain: this.#terrain,
      limits: {
        ...this.#limits,
        budgetMs: left,
        maxRuns: Math.min(RANGE, this.#limits.maxRuns - from),
        firstSeed: this.#limits.firstSeed + from,
      },
    };
    this.#out++;
    worker.postMessage(request);
  }

  #take(worker: Worker, { number, search, error }: RangeAnswer): void {
    this.#out--;
    if (search === undefined) {
      this.#over = true;
      this.#reject(new Error(error));
      return;
    }
    this.#answers.set(number, search);
    while (!this.#over && this.#answers.has(this.#merged)) this.#merge(this.#answers.get(this.#merged)!);
    this.#hand(worker);
  }

  #merge(next: Search): void {
    this.#answers.delete(this.#merged++);
    addSearch(this.#search, next, machineMs() - this.#began);
    this.#onProgress?.(this.#search);
    // A range that was cut off by time leaves a gap: what comes after it does not follow.
    const whole = Math.min(RANGE, this.#limits.maxRuns - (this.#merged - 1) * RANGE);
    if (foundEnough(this.#search, this.#limits) || next.runs < whole) this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#search.tookMs = machineMs() - this.#began;
    this.#resolve(this.#search);
  }
}

function exploreWorkerUrl(): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(fromSource ? '../dist/search/explore-worker.js' : './explore-worker.js', import.meta.url);
}
