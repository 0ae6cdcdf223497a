/**
 * Makes nodes lie: what they send is changed on its way out, so that any program becomes a Byzantine one without
 * knowing. Who is not to be trusted is settled once for a run: many protocols survive f such nodes, none survives
 * any f at a time and others later.
 */
import type { Fault, ParameterSpec } from '../harness/contracts.ts';
import { UsageError } from '../harness/registry.ts';
import { CLIENTS_PARAM, tapFault } from './tap-fault.ts';

const PARAMS: Readonly<Record<string, ParameterSpec>> = CLIENTS_PARAM;

const base = tapFault({
  name: 'byzantine',
  summary:
    'Makes nodes lie to the others: only a system that promises to survive Byzantine nodes must pass (faultline describe pbft).',
  kind: 'byzantine',
  capability: 'message.tap',
  modes: {
    equivocate: { summary: 'different nodes are told different values, each story whole', params: PARAMS },
    lie: { summary: 'all are told the same other values', params: PARAMS },
    silent: { summary: 'what it sends reaches nobody, while it hears everything', params: PARAMS },
    random: { summary: 'by chance a lie, nothing, or the truth', params: PARAMS },
  },
  defaultMode: 'equivocate',
  colour: 12,
  sameNodes: true,
  defaultTarget: (nodes) => (nodes >= 4 ? 'minority-third' : 'one'),
  hits: ({ changed, withheld }) => changed + withheld,
  verb: 'lied about or withheld',
});

/** The byzantine fault, one lane; by default on floor((n-1)/3) nodes, at least one. */
export const byzantine: Fault = {
  ...base,
  plan(mode, params, target, nodes, rng) {
    if (target === 'leader') {
      throw new UsageError('byzantine cannot aim at the leader: who lies is settled before the run', {
        hint: 'name nodes, byzantine@n1, or leave the target out',
      });
    }
    return base.plan(mode, params, target, nodes, rng);
  },
};
