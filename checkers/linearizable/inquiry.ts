/**
 * What every part of one linearizability check shares.
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Budget } from '../contract.ts';
import type { Model } from '../models/model.ts';
import type { Outcomes } from './outcomes.ts';

/** One question: this history, against this model, within this budget. */
export interface Inquiry {
  history: History;
  model: Model<unknown>;
  outcomes: Outcomes;
  initial: Json;
  budget: Budget;
  maxSteps: number;
  maxConfigurations: number;
}
