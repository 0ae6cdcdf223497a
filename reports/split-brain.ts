/**
 * Reads the detail of an election-safety anomaly, as data for sentences and pictures: who claimed to lead in
 * which term, who followed, which commands each accepted. Tolerant: a detail without some of it still draws.
 */
import type { Json } from '../harness/op.ts';
import { counted, json, moment } from './format.ts';
import type { Finding } from './model.ts';
import { list, number, record, strings, text } from './read-json.ts';

/** One side of a split brain. */
export interface LeaderClaim {
  node: string;
  term: number | null;
  fromNs: number | null;
  toNs: number | null;
  followers: string[];
  /** Values of the commands this leader accepted meanwhile, and how many there were in all. */
  commands: Json[];
  commandCount: number;
}

/** Claims in the detail of a finding; empty when it is about something else. */
export function claimsOf(finding: Finding): LeaderClaim[] {
  return list(record(finding.anomaly.detail)['leaders']).flatMap((entry) => {
    const raw = record(entry);
    const node = text(raw['node']);
    if (node === '') return [];
    const commands = list(raw['commands']) as Json[];
    return [
      {
        node,
        term: number(raw['term']),
        fromNs: number(raw['fromNs']),
        toNs: number(raw['toNs']),
        followers: strings(raw['followers']),
        commands,
        commandCount: number(raw['commandCount']) ?? commands.length,
      },
    ];
  });
}

/** One sentence per claim: `n2 led in term 2 from 00:02.620 to 00:05.080, followed by n1; accepted 17 commands while another led too (12 14 …)`. */
export function leaderClaims(finding: Finding): string[] {
  return claimsOf(finding).map((claim) => {
    const term = claim.term === null ? '' : ` in term ${claim.term}`;
    const when =
      claim.fromNs === null || claim.toNs === null
        ? ''
        : ` from ${moment(claim.fromNs)} to ${moment(claim.toNs)}`;
    const who = claim.followers.length === 0 ? '' : `, followed by ${claim.followers.join(' ')}`;
    return `${claim.node} led${term}${when}${who}${acceptedOf(claim)}`;
  });
}

function acceptedOf(claim: LeaderClaim): string {
  if (claim.commandCount === 0) return '';
  const shown = claim.commands.slice(0, 4).map((command) => json(command, 16));
  const more = claim.commandCount > shown.length ? ' …' : '';
  const which = shown.length === 0 ? '' : ` (${shown.join(' ')}${more})`;
  return `; accepted ${counted(claim.commandCount, 'command')} while another led too${which}`;
}
