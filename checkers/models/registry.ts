/**
 * Every model by the name the command line uses.
 */
import { casRegister } from './cas-register.ts';
import type { Model } from './model.ts';
import { register } from './register.ts';

/** All models. */
export const MODELS = {
  register,
  'cas-register': casRegister,
} satisfies Record<string, Model>;

/** Name of a model that exists. */
export type ModelName = keyof typeof MODELS;
