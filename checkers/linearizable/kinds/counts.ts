/**
 * Names for violations of counters and of numbers that are handed out.
 */
import { deltaOf } from '../../models/counter.ts';
import { modelOpAt } from '../problem.ts';
import { completed, type Kind, named, PLAIN, type Scene, spanOf } from './scene.ts';

/** What a witness about a counter is called: by how far reads can be from what was added. */
export function counterKind(scene: Scene): Kind {
  const { op, inquiry, calls } = scene;
  const { history, model, outcomes, initial } = inquiry;
  const read = op.output;
  if (op.f !== 'read' || typeof read !== 'number') return PLAIN;
  const { call, ret } = spanOf(scene);
  let [least, most] = typeof initial === 'number' ? [initial, initial] : [0, 0];
  let decreases = false;
  for (const at of calls) {
    if (at > ret) break;
    const change = modelOpAt(history, model, outcomes, at);
    if (change === null || change.f === 'read') continue;
    const delta = deltaOf(change);
    const sure = change.outcome === 'ok' && history.pair(at) < call;
    decreases ||= delta < 0;
    if (sure || delta < 0) least += delta;
    if (sure || delta > 0) most += delta;
  }
  if (read < least) return named('counter-too-low', `when at least ${least} had been reached`);
  if (read > most) return named('counter-too-high', `when no more than ${most} can have been reached`);
  if (decreases) return PLAIN;
  for (const other of completed(scene, (at) => history.f(at) === 'read')) {
    if (other.ret < call && typeof other.output === 'number' && other.output > read) {
      return named('counter-went-back', `after ${other.output} had been read`, [other.call]);
    }
  }
  return PLAIN;
}

/** What a witness about numbers that are handed out is called. */
export function ticketKind(scene: Scene): Kind {
  const { op, inquiry } = scene;
  const { history, outcomes, initial } = inquiry;
  const told = op.output;
  if (op.outcome !== 'ok' || typeof told !== 'number') return PLAIN;
  const { call, ret } = spanOf(scene);
  const takes = (f: string): boolean => f !== 'read' && f !== 'get';
  const first = typeof initial === 'number' ? initial : 0;
  if (told < first) return named('number-went-back', `when ${first} is the first number`);
  let most = first;
  for (const at of scene.calls) {
    if (at < ret && at !== call && takes(history.f(at)) && outcomes.of(at) !== null) most++;
  }
  for (const other of completed(scene, (at) => at !== call)) {
    if (typeof other.output !== 'number') continue;
    const taken = takes(history.f(other.call));
    if (taken && takes(op.f) && other.output === told) {
      return named('duplicate-number', 'which another had been given', [other.call]);
    }
    if (other.ret < call && other.output + (taken ? 1 : 0) > told) {
      return named('number-went-back', `after ${other.output} had been told`, [other.call]);
    }
  }
  return told > most ? named('skipped-number', `when no more than ${most} can have been reached`) : PLAIN;
}
