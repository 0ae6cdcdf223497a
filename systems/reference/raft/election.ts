/**
 * Elections: pre-votes, votes, and who gets them.
 */
import type { PreVote, PreVoteReply, Vote, VoteReply } from './messages.ts';
import { becomeLeader } from './replication.ts';
import type { RaftState } from './state.ts';

/**
 * No leader was heard of: asks first whether an election could be won, so that a node that is cut off does
 * not run up its term and depose a healthy leader when it comes back.
 */
export function onElectionTimer(s: RaftState): void {
  if (s.role === 'leader') return;
  s.role = 'follower';
  s.leader = null;
  s.followsLiveLeader = false;
  s.resetElectionTimer();
  if (!s.mayStand) return;
  if (!s.prevotes) {
    becomeCandidate(s);
    return;
  }
  s.preVoteTerm = s.term + 1;
  s.votes = s.ownVote();
  s.broadcast({ type: 'prevote', term: s.preVoteTerm, lastIndex: s.log.lastIndex, lastTerm: s.log.lastTerm });
  if (s.isElected) becomeCandidate(s);
}

function becomeCandidate(s: RaftState): void {
  s.role = 'candidate';
  s.preVoteTerm = 0;
  s.term++;
  s.votedFor = s.node.id;
  s.save();
  s.votes = s.ownVote();
  s.node.note(`stands for term ${s.term}`);
  s.node.sometimes('stood-for-election');
  s.resetElectionTimer();
  s.broadcast({ type: 'vote', term: s.term, lastIndex: s.log.lastIndex, lastTerm: s.log.lastTerm });
  if (s.isElected) becomeLeader(s);
}

/** Would it get a vote? Nothing changes here. */
export function onPreVote(s: RaftState, from: string, m: PreVote): void {
  const granted = m.term > s.term && s.role !== 'leader' && !s.followsLiveLeader && hasNewerLog(s, m);
  s.send(from, { type: 'prevote_ok', term: s.term, asked: m.term, granted });
}

/** Counts promises of votes; a majority of them starts the election. */
export function onPreVoteReply(s: RaftState, from: string, m: PreVoteReply): void {
  if (m.term > s.term) {
    s.becomeFollower(m.term);
    return;
  }
  if (!m.granted || m.asked !== s.preVoteTerm || s.role !== 'follower') return;
  s.countVote(from);
  if (s.isElected) becomeCandidate(s);
}

/** One vote per term, and only for a log at least as new as this one. */
export function onVote(s: RaftState, from: string, m: Vote): void {
  // Whoever hears a leader keeps its lease, and a node that was removed without learning of it cannot disturb.
  if (s.followsLiveLeader && m.term > s.term) return;
  if (m.term > s.term) s.becomeFollower(m.term);
  const free = s.votedFor === null || s.votedFor === from || s.bugs.has('two-votes');
  const granted = m.term === s.term && s.role !== 'leader' && free && hasNewerLog(s, m);
  if (granted) {
    s.votedFor = from;
    s.save();
    s.resetElectionTimer();
  }
  s.send(from, { type: 'vote_ok', term: s.term, granted });
}

/** Counts votes; a majority of them makes this node the leader. */
export function onVoteReply(s: RaftState, from: string, m: VoteReply): void {
  if (m.term > s.term) {
    s.becomeFollower(m.term);
    return;
  }
  if (s.role !== 'candidate' || m.term !== s.term || !m.granted) return;
  s.countVote(from);
  if (s.isElected) becomeLeader(s);
}

/** The candidate's log is at least as new as ours: it cannot lack a committed entry if a quorum says so. */
function hasNewerLog(s: RaftState, m: PreVote | Vote): boolean {
  if (s.bugs.has('no-log-check')) return true;
  if (m.lastTerm !== s.log.lastTerm) return m.lastTerm > s.log.lastTerm;
  return m.lastIndex >= s.log.lastIndex;
}
