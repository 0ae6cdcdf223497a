/**
 * What can be done to nodes that are containers: by the switch, by a packet filter, from another machine, and by
 * somebody who is not root.
 */
import type { Capability, Missing } from '../../contracts.ts';
import { Engine } from './engine.ts';

/** What stands between containers: the switch, or a packet filter in the network of each. */
export type DockerJoint = 'switch' | 'filter';

/** Of every engine. */
const ANYWHERE: readonly Capability[] = ['process.kill', 'process.pause', 'process.restart'];
const DROPS: readonly Capability[] = ['link.cut', 'link.loss', 'client-link.cut', 'client-link.loss'];
const BY_SWITCH: readonly Capability[] = [
  ...(['link.latency', 'link.rate', 'link.duplicate', 'link.reorder', 'link.corrupt'] as const),
  ...(['link.tamper', 'link.mtu', 'message.tap'] as const),
];
/** What is done from this machine by root. */
const FROM_HERE: readonly Capability[] = [
  'clock.skew',
  'link.reset',
  'process.limits',
  ...DROPS,
  ...BY_SWITCH,
];

/** What this backend can do where the engine is on this machine and the harness is root. */
export const DOCKER_OFFERS: readonly Capability[] = [...ANYWHERE, ...FROM_HERE];

/** Only root enters the namespaces of containers and writes to their processes. */
export function hasRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Why nothing can be done to the containers of an engine from here but what the engine does; null: it can. */
export function outOfReach(engine: Engine): string | null {
  if (engine.isElsewhere) return `the engine at ${engine.name} is on another machine`;
  return hasRoot() ? null : 'only root may enter the network of containers and write to their processes';
}

/** What cannot be done to containers, and why. */
export function missingOnDocker(engine: Engine = new Engine(), joinedBy: DockerJoint = 'switch'): Missing[] {
  const missing: Missing[] = [
    {
      capability: 'link.listen',
      reason: 'whole messages are not seen on a network of packets',
      fix: '--capture records all packets; --backend tcp or stdio reads messages',
    },
  ];
  const reason = outOfReach(engine);
  if (reason !== null) return [...missing, ...FROM_HERE.map((capability) => ({ capability, reason }))];
  if (joinedBy === 'switch') return missing;
  const drops = 'a packet filter drops packets, and does nothing else to them';
  const fix = 'apt-get install gcc libc6-dev, for the switch';
  return [...missing, ...BY_SWITCH.map((capability) => ({ capability, reason: drops, fix }))];
}
