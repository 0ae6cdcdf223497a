/**
 * The leader's side and the followers' side of log replication, commitment, and the leader's check that a
 * quorum still answers it.
 */
import type { Append, AppendReply, Command } from './messages.ts';
import type { RaftState } from './state.ts';

/** Entries per message at most. */
const BATCH = 64;

/** Takes the lead of the current term. The empty entry lets earlier terms' entries commit at once. */
export function becomeLeader(s: RaftState): void {
  s.role = 'leader';
  s.leader = s.node.id;
  s.preVoteTerm = 0;
  s.node.note(`leads term ${s.term}`);
  s.node.clearTimer('election');
  for (const peer of s.node.peers) {
    s.progress.set(peer, { next: s.log.lastIndex + 1, match: 0, round: s.round, heard: true });
  }
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

/** Appends a command to the leader's log and sends it out; returns its position. */
export function propose(s: RaftState, command: Command): number {
  const index = s.log.push({ term: s.term, command });
  for (const peer of s.node.peers) sendAppend(s, peer);
  advanceCommit(s);
  return index;
}

/** Starts a new round of contact with every peer. */
export function contactAll(s: RaftState): void {
  s.round++;
  s.lease.began(s.round);
  for (const peer of s.node.peers) sendAppend(s, peer);
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
  let heard = 1;
  for (const peer of s.progress.values()) {
    if (peer.heard) heard++;
    peer.heard = false;
  }
  const sure = s.bugs.has('stale-read') || (s.bugs.has('unsafe-lease') && s.lease.holds);
  if (heard < s.quorum && !sure) {
    s.becomeFollower(s.term);
    return;
  }
  s.node.setTimer('quorum', s.setting('electionTimeoutMs'));
}

function sendAppend(s: RaftState, peer: string): void {
  const progress = s.progress.get(peer)!;
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
    s.send(from, { type: 'append_ok', term: s.term, success: false, match: 0, next: 0, round: m.round });
    return;
  }
  s.becomeFollower(m.term);
  s.leader = from;
  s.followsLiveLeader = true;
  s.resetElectionTimer();
  s.node.setTimer('leader-lives', s.setting('electionTimeoutMs'));
  const reply = (success: boolean, match: number, next: number): void =>
    s.send(from, { type: 'append_ok', term: s.term, success, match, next, round: m.round });
  if (m.prevIndex > s.log.lastIndex) {
    reply(false, 0, s.log.lastIndex + 1);
    return;
  }
  if (s.log.term(m.prevIndex) !== m.prevTerm) {
    reply(false, 0, s.log.startOfTerm(m.prevIndex));
    return;
  }
  s.log.merge(m.prevIndex, m.entries);
  s.forgetLostCommits();
  const match = m.prevIndex + m.entries.length;
  const commit = Math.min(m.commit, match);
  if (commit > s.commitIndex) {
    s.commitIndex = commit;
    s.apply();
  }
  reply(true, match, match + 1);
}

/** Leader: learns what a follower has. */
export function onAppendReply(s: RaftState, from: string, m: AppendReply): void {
  const progress = s.progress.get(from);
  if (s.role !== 'leader' || m.term !== s.term || progress === undefined) return;
  progress.heard = true;
  progress.round = Math.max(progress.round, m.round);
  s.lease.answered();
  if (m.success) {
    const more = m.match > progress.match;
    progress.match = Math.max(progress.match, m.match);
    progress.next = Math.max(progress.next, progress.match + 1);
    if (more) advanceCommit(s);
  } else {
    progress.next = Math.max(progress.match + 1, Math.min(m.next, s.log.lastIndex + 1));
  }
  if (progress.next <= s.log.lastIndex) sendAppend(s, from);
}

/** True when a quorum answered a round that began with `round` or later. */
export function quorumAnswered(s: RaftState, round: number): boolean {
  let count = 1;
  for (const peer of s.progress.values()) if (peer.round >= round) count++;
  return count >= s.quorum;
}

/**
 * Commits the last position that a quorum stores, if it is of this term: an entry of an earlier term on a
 * quorum may still be replaced by a later leader (figure 8 of the paper), so it commits only together with
 * one of this term.
 */
function advanceCommit(s: RaftState): void {
  if (s.log.lastIndex <= s.commitIndex) return;
  const index = storedByQuorum(s);
  if (index <= s.commitIndex) return;
  if (s.log.term(index) !== s.term && !s.bugs.has('commit-old-term')) return;
  s.commitIndex = index;
  s.apply();
}

/** The last position that a quorum stores: the q-th largest of what the nodes are known to have. */
function storedByQuorum(s: RaftState): number {
  const matches = [s.log.lastIndex];
  for (const peer of s.progress.values()) {
    let at = matches.length;
    while (at > 0 && matches[at - 1]! < peer.match) at--;
    matches.splice(at, 0, peer.match);
  }
  return matches[s.quorum - 1]!;
}
