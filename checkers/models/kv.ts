/**
 * A key-value map: every key is a register of its own, in the words of a map.
 */
import { casRegister } from './cas-register.ts';
import type { Model, ModelOp } from './model.ts';

/** The register operation a map operation is. */
export function asRegisterOp(op: ModelOp): ModelOp {
  if (op.f === 'get') return { ...op, f: 'read' };
  if (op.f === 'put') return { ...op, f: 'write' };
  return op.f === 'delete' ? { ...op, f: 'write', input: null } : op;
}

const { read, write, cas } = casRegister.functions;

/** The `kv` model. */
export const kv: Model = {
  ...casRegister,
  name: 'kv',
  summary: 'a map: get (null when absent), put v, delete, cas [from, to], each with a key; initially empty',
  functions: { get: read!, put: write!, delete: write!, cas: cas! },
  step: (state, op) => casRegister.step(state, asRegisterOp(op)),
  readOnly: (op) => casRegister.readOnly(asRegisterOp(op)),
  needs: (op) => casRegister.needs!(asRegisterOp(op)),
  makes: (op) => casRegister.makes!(asRegisterOp(op)),
  representatives: (ops) => casRegister.representatives!(ops.map(asRegisterOp)),
  describeOp: (op) =>
    op.f === 'delete'
      ? `${op.outcome === 'info' ? 'may have deleted' : 'deleted'} it`
      : casRegister.describeOp(asRegisterOp(op)),
};
