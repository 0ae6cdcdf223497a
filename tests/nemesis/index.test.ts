/**
 * Every fault of the registry, held to the contract.
 */
import { describe, expect, it } from 'vitest';
import { FAULTS, type FaultName } from '../../nemesis/index.ts';
import { type FaultContract, holdsToContract } from '../kits/nemesis.ts';

const EXPLICIT = {
  explicit: {
    groups: [
      ['n1', 'n2'],
      ['n3', 'n4', 'n5'],
    ],
  },
};

/** They work on files and processes, of which a fake cluster has none: see real-cluster.test.ts. */
type OnRealNodes = 'damage' | 'cpu' | 'memory' | 'descriptors';

const CONTRACTS: Readonly<Record<Exclude<FaultName, OnRealNodes>, Omit<FaultContract, 'fault'>>> = {
  partition: { countsTraffic: true, params: EXPLICIT },
  kill: { countsTraffic: false },
  pause: { countsTraffic: false },
  clock: { countsTraffic: false },
  latency: { countsTraffic: true },
  loss: { countsTraffic: true },
  duplicate: { countsTraffic: true },
  reorder: { countsTraffic: true },
  reset: { countsTraffic: false, momentary: true },
  bandwidth: { countsTraffic: true },
  tamper: { countsTraffic: true },
  corrupt: { countsTraffic: true },
  mtu: { countsTraffic: true },
  flap: { countsTraffic: true },
  replay: { countsTraffic: false },
  forge: { countsTraffic: false },
  eavesdrop: { countsTraffic: true },
  byzantine: { countsTraffic: true },
  'drop-request': { countsTraffic: true },
  'drop-reply': { countsTraffic: true },
  slow: { countsTraffic: true },
  rolling: { countsTraffic: false },
  disk: { countsTraffic: false },
  power: { countsTraffic: false },
  membership: {
    countsTraffic: false,
    prepare(cluster, { mode, nodes }) {
      const outside =
        mode === 'add'
          ? nodes
          : cluster.nodes.filter((node) => !nodes.includes(node)).slice(-Math.max(1, nodes.length));
      if (mode !== 'remove') cluster.members = cluster.nodes.filter((node) => !outside.includes(node));
    },
  },
};

for (const [name, contract] of Object.entries(CONTRACTS)) {
  holdsToContract({ fault: FAULTS[name as FaultName], ...contract });
}

describe('the registry', () => {
  it('files every fault under its own name, each with its own colour', () => {
    for (const [name, fault] of Object.entries(FAULTS)) expect(fault.name).toBe(name);
    const colours = Object.values(FAULTS).map((fault) => fault.span.colour);
    expect(new Set(colours).size).toBe(colours.length);
  });

  it('names only lanes that exist as conflicts, and conflicts both ways', () => {
    for (const fault of Object.values(FAULTS)) {
      for (const lane of fault.conflicts) {
        const other = Object.values(FAULTS).find((each) => each.lane === lane);
        expect(other?.conflicts).toContain(fault.lane);
      }
    }
  });
});
