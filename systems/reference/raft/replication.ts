/**
 * The leader's side and the followers' side of log replication, commitment, and the leader's check that a
 * quorum still answers it.
 */
import type { Append, AppendReply, Command, InstallReply } from './messages.ts';
import { onInstalled, sendSnapshot } from './snapshots.ts';
import type { Progress, RaftState } from './state.ts';

/** Entries per message at most. */
const BATCH = 64;

/** Takes the lead of the current term. The empty entry lets earlier terms' entries commit at once. */
export function becomeLeader(s: RaftState): void {
  s.role = 'leader';
  s.leader = s.node.id;
  s.preVoteTerm = 0;
  s.node.note(`leads term ${s.term}`);
  s.node.sometimes('became-leader');
  s.node.clearTimer('election');
  s.progress.clear();
  startProgress(s);
  // Counting replicas of old entries seems to make the empty entry needless: that is the mistake.
  if (!s.bugs.has('commit-old-term')) s.log.push({ term: s.term, command: { type: 'nothing' } });
  s.inheritedIndex = s.log.lastIndex;
  s.lease.reset();
  s.node.setTimer('quorum', s.setting('electionTimeoutMs'));
  contactAll(s);
  s.node.setTimer('heartbeat', s.setting('heartbeatMs'));
  advanceCommit(s);
  s.events.leading(true);
}

/** Knows from now on how far every voter is, and `joining` as well, which is none yet. */
export function startProgress(s: RaftState, joining?: string): void {
  for (const [peer, progress] of s.progress) progress.voter = s.members.has(peer);
  const next = s.log.lastIndex + 1;
  for (const peer of joining === undefined ? s.members.voters : [joining]) {
    if (peer === s.node.id || s.progress.has(peer)) continue;
    const voter = joining === undefined;
    s.progress.set(peer, { voter, install: null, next, match: 0, round: s.round, heard: true });
  }
}

/** Appends a command to the leader's log and sends it out. */
export function propose(s: RaftState, command: Command): void {
  s.log.push({ term: s.term, command });
  if (command.type === 'config') startProgress(s);
  for (const [peer, progress] of s.progress) sendAppend(s, peer, progress);
  advanceCommit(s);
}

/** Starts a new round of contact with every peer. */
export function contactAll(s: RaftState): void {
  s.round++;
  s.lease.began(s.round);
  for (const [peer, progress] of s.progress) sendAppend(s, peer, progress);
}

/** The leader's heartbeat timer. */
export function onHeartbeatTimer(s: RaftState): void {
  if (s.role !== 'leader') return;
  contactAll(s);
  s.node.setTimer('heartbeat', s.setting('heartbeatMs'));
}

/** A leader that no quorum answered for an election timeout steps down: others may have elected one. */
export function onQuorumTimer(s: RaftState): void {
  if (s.role !== 'leader') return;
  let heard = s.members.selfVotes ? 1 : 0;
  for (const peer of s.progress.values()) {
    if (peer.heard && peer.voter) heard++;
    peer.heard = false;
  }
  const sure = s.bugs.has('stale-read') || (s.bugs.has('unsafe-lease') && s.lease.holds);
  if (heard < s.members.quorum && !sure) {
    s.becomeFollower(s.term);
    return;
  }
  s.node.setTimer('quorum', s.setting('electionTimeoutMs'));
}

/** Sends a follower what it lacks as far as is known, or nothing new as a sign of life. */
export function sendAppend(s: RaftState, peer: string, progress: Progress): void {
  if (progress.next <= s.log.base) {
    sendSnapshot(s, peer, progress);
    return;
  }
  const prevIndex = progress.next - 1;
  const entries = s.log.from(progress.next, BATCH);
  const message: Append = {
    type: 'append',
    term: s.term,
    prevIndex,
    prevTerm: s.log.term(prevIndex),
    entries,
    commit: s.commitIndex,
    round: s.round,
  };
  // Hopefully: if this message is lost, the next one is refused and says where to go on.
  progress.next += entries.length;
  s.send(peer, message);
}

/** Follower: takes entries from the leader of the current term. */
export function onAppend(s: RaftState, from: string, m: Append): void {
  if (m.term < s.term) {
    answer(s, from, m, false, 0, 0);
    return;
  }
  s.heardLeader(from, m.term);
  const { base, lastIndex } = s.log;
  if (m.prevIndex > lastIndex) {
    answer(s, from, m, false, 0, lastIndex + 1);
    return;
  }
  if (m.prevIndex >= base && s.log.term(m.prevIndex) !== m.prevTerm) {
    answer(s, from, m, false, 0, s.log.startOfTerm(m.prevIndex));
    return;
  }
  // What a snapshot holds is committed, and so the same as what the leader has there.
  const held = Math.max(0, base - m.prevIndex);
  s.log.merge(m.prevIndex + held, held === 0 ? m.entries : m.entries.slice(held));
  s.forgetLostCommits();
  const match = Math.max(base, m.prevIndex + m.entries.length);
  const commit = Math.min(m.commit, match);
  if (commit > s.commitIndex) {
    s.commitIndex = commit;
    s.apply();
  }
  answer(s, from, m, true, match, match + 1);
}

function answer(s: RaftState, from: string, m: Append, success: boolean, match: number, next: number): void {
  s.send(from, { type: 'append_ok', term: s.term, success, match, next, round: m.round });
}

/** Leader: learns what a follower has. */
export function onAppendReply(s: RaftState, from: string, m: AppendReply): void {
  const progress = s.progress.get(from);
  if (s.role !== 'leader' || m.term !== s.term || progress === undefined) return;
  progress.heard = true;
  progress.round = Math.max(progress.round, m.round);
  s.lease.answered();
  if (m.success) {
    const match = Math.min(m.match, s.log.lastIndex);
    const more = match > progress.match;
    progress.match = Math.max(progress.match, match);
    progress.next = Math.max(progress.next, progress.match + 1);
    if (more) advanceCommit(s);
  } else if (m.next > progress.match) {
    progress.next = Math.min(m.next, s.log.lastIndex + 1);
  } else {
    // It asks for what it has acknowledged: an answer from before that, and nothing to act upon.
    progress.next = progress.match + 1;
    return;
  }
  if (progress.next > s.log.base) progress.install = null;
  if (s.role === 'leader' && progress.next <= s.log.lastIndex) sendAppend(s, from, progress);
}

/** Leader: learns how far a snapshot has come. */
export function onInstallReply(s: RaftState, from: string, m: InstallReply): void {
  const progress = s.progress.get(from);
  if (s.role !== 'leader' || m.term !== s.term || progress === undefined) return;
  progress.heard = true;
  progress.round = Math.max(progress.round, m.round);
  s.lease.answered();
  if (!onInstalled(s, from, progress, m)) return;
  const index = Math.min(m.index, s.log.lastIndex);
  const more = index > progress.match;
  progress.match = Math.max(progress.match, index);
  progress.next = Math.max(progress.next, progress.match + 1);
  if (more) advanceCommit(s);
  if (s.role === 'leader' && progress.next <= s.log.lastIndex) sendAppend(s, from, progress);
}

/** True when a quorum answered a round that began with `round` or later. */
export function quorumAnswered(s: RaftState, round: number): boolean {
  let count = s.members.selfVotes ? 1 : 0;
  for (const peer of s.progress.values()) if (peer.voter && peer.round >= round) count++;
  return count >= s.members.quorum;
}

/**
 * Commits the last position that a quorum stores, if it is of this term: an entry of an earlier term on a
 * quorum may still be replaced by a later leader (figure 8 of the paper), so it commits only together with
 * one of this term.
 */
function advanceCommit(s: RaftState): void {
  if (s.log.lastIndex <= s.commitIndex) return;
  const index = s.reachedByQuorum('match', s.log.lastIndex);
  if (index <= s.commitIndex) return;
  if (s.log.term(index) !== s.term && !s.bugs.has('commit-old-term')) return;
  s.commitIndex = index;
  s.apply();
}
