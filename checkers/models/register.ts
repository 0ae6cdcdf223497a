/**
 * A register with read and write.
 */
import { casRegister } from './cas-register.ts';
import type { Model } from './model.ts';

const { read, write } = casRegister.functions;

/** The `register` model: the compare-and-set register without its cas. */
export const register: Model = {
  ...casRegister,
  name: 'register',
  summary: 'a register: read, write; initially null',
  functions: { read: read!, write: write! },
};
