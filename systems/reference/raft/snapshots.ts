/**
 * Snapshots: the state machine as it was after a position of the log, so that the log before it can be dropped
 * (chapter 5 of Ongaro's thesis). Every node makes its own; a follower that needs entries which are gone is sent
 * the leader's, piece by piece.
 */
import type { Place } from './log.ts';
import type { Install, InstallReply, Item } from './messages.ts';
import type { Progress, RaftState, Snapshot } from './state.ts';

/**
 * A snapshot is due when the log grew by a fourth of what the last one holds, and by `snapshotEvery` entries at
 * least: however large the state is, a snapshot costs a constant amount of work per entry.
 */
const GROWTH = 4;

/** With the bug of not syncing it, a snapshot is written this much later than the log is cut, ms. */
const LATE_MS = 600;

/** Timer of that bug. */
export const LATE_SNAPSHOT = 'late snapshot';

/** Makes a snapshot and drops what it holds from the log, if one is due. */
export function compactIfDue(s: RaftState, items: () => Item[]): void {
  const every = s.setting('snapshotEvery');
  const grown = s.appliedIndex - (s.snapshot?.index ?? 0);
  if (every <= 0 || grown < every || grown * GROWTH < (s.snapshot?.items.length ?? 0)) return;
  const index = s.appliedIndex;
  const made = { index, term: s.log.term(index), config: s.members.at(index), items: items() };
  // A few entries stay, for followers that are only a little behind.
  const base = Math.max(s.log.base, index - Math.max(0, s.setting('snapshotKeep')));
  s.log.compact(base, (place) => keep(s, made, place));
}

function keep(s: RaftState, made: Snapshot, place: Place): void {
  if (s.bugs.has('snapshot-without-sync')) {
    // The log is cut on the strength of a snapshot that is not on disk yet.
    const before = s.snapshot ?? { index: 0, term: 0, config: s.members.at(0), items: [] };
    s.node.storage.write('snapshot', { ...before, ...place });
    s.node.setTimer(LATE_SNAPSHOT, LATE_MS);
  } else s.node.storage.write('snapshot', { ...made, ...place });
  s.snapshot = made;
}

/** With the bug: now it is written. */
export function onLateSnapshot(s: RaftState): void {
  if (s.snapshot !== null) s.node.storage.write('snapshot', { ...s.snapshot, ...s.log.place });
}

/** Leader: sends the piece that is due of a snapshot, or of the latest one to whoever is sent none yet. */
export function sendSnapshot(s: RaftState, peer: string, progress: Progress): void {
  const { snapshot, offset } = (progress.install ??= { snapshot: s.snapshot!, offset: 0 });
  const end = offset + Math.max(1, s.setting('snapshotChunk'));
  s.send(peer, {
    type: 'install',
    term: s.term,
    index: snapshot.index,
    lastTerm: snapshot.term,
    config: snapshot.config,
    offset,
    items: snapshot.items.slice(offset, end),
    done: end >= snapshot.items.length,
    round: s.round,
  });
}

/** Follower: takes a piece of a snapshot, and with the last one the place of the log before it. */
export function onInstall(s: RaftState, from: string, m: Install): void {
  const reply = (offset: number, done: boolean): void =>
    s.send(from, { type: 'install_ok', term: s.term, index: m.index, offset, done, round: m.round });
  if (m.term < s.term) {
    reply(0, false);
    return;
  }
  s.heardLeader(from, m.term);
  // All of it is here already: committed entries are the same everywhere.
  if (m.index <= s.commitIndex) {
    reply(0, true);
    return;
  }
  let incoming = s.incoming;
  if (incoming === null || incoming.from !== from || incoming.term !== m.term || incoming.index !== m.index) {
    incoming = { from, term: m.term, index: m.index, items: [] };
    s.incoming = incoming;
  }
  if (m.offset === incoming.items.length) {
    for (const item of m.items) incoming.items.push(item);
    if (m.done) {
      install(s, m, incoming.items);
      // What was kept is not known to be the leader's: counting it as such is the mistake.
      const index = s.bugs.has('install-snapshot-keeps-conflicting-log') ? s.log.lastIndex : m.index;
      s.send(from, { type: 'install_ok', term: s.term, index, offset: 0, done: true, round: m.round });
      return;
    }
  }
  reply(incoming.items.length, false);
}

function install(s: RaftState, m: Install, items: Item[]): void {
  const { index, lastTerm: term, config } = m;
  const made: Snapshot = { index, term, config: { index: config.index, voters: [...config.voters] }, items };
  // What comes after an entry that both have may be more than the leader knows of; what comes after another one
  // is of a past that never came to be.
  const same = s.log.holds(index, term) || s.bugs.has('install-snapshot-keeps-conflicting-log');
  const kept = same ? s.log.from(index + 1, s.log.lastIndex - index) : [];
  s.incoming = null;
  s.commitIndex = index;
  s.appliedIndex = index;
  s.members.reset(made.config);
  s.log.replace(index, term, kept, (place) => s.node.storage.write('snapshot', { ...made, ...place }));
  s.snapshot = made;
  s.node.note(`took the snapshot of ${index}`);
  s.node.sometimes('took-a-snapshot');
  s.events.restored(items);
}

/** Leader: goes on where the follower says. True when it now holds the snapshot, and what comes after it is due. */
export function onInstalled(s: RaftState, from: string, progress: Progress, m: InstallReply): boolean {
  const { install } = progress;
  if (m.done) {
    if (install !== null && install.snapshot.index <= m.index) progress.install = null;
    return true;
  }
  if (install === null || install.snapshot.index !== m.index) return false;
  if (m.offset > install.offset) {
    install.offset = m.offset;
    sendSnapshot(s, from, progress);
  } else if (m.round === s.round) {
    // It has less than was thought, as after a restart: the next heartbeat goes on there. Sending at once would
    // answer every late copy of an answer with one more message, for ever.
    install.offset = m.offset;
  }
  return false;
}
