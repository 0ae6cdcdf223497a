/**
 * What a run needs of the machine it runs on, and who has it. A worker is given only what it can carry out: each
 * different need is a queue of its own, and a worker takes from the queues it can serve.
 */

/** All of these, and of each any: `[['netns', 'tcp'], ['etcd']]` is etcd, and netns or tcp. */
export type Needs = readonly (readonly string[])[];

/** What begins the need of a program that has to be installed: `program:python3`. */
export const PROGRAM = 'program:';

/** What stands for the files of the folder the campaign was started in. */
export const PROJECT = 'project';

/**
 * One name for equal needs, fit for a queue's, which may hold no colon: `etcd+netns|tcp`; `any` where nothing is needed.
 */
export function keyOf(needs: Needs): string {
  const clauses = needs.map((clause) => [...new Set(clause.map(encodeURIComponent))].sort().join('|'));
  return clauses.length === 0 ? 'any' : [...new Set(clauses)].sort().join('+');
}

/** Whether who can all this has what is needed. */
export function meets(can: readonly string[], needs: Needs): boolean {
  return needs.every((clause) => clause.some((one) => can.includes(one)));
}

/** `etcd, and netns or tcp`, of what this one lacks; of everything where nobody is given. */
export function needsText(needs: Needs, can: readonly string[] = []): string {
  const lacking = needs.filter((clause) => !clause.some((one) => can.includes(one)));
  return lacking.map((clause) => clause.map(wordOf).join(' or ')).join(', and ');
}

function wordOf(need: string): string {
  if (need.startsWith(PROGRAM)) return `the program ${need.slice(PROGRAM.length)}`;
  return need === PROJECT ? 'the files of the project' : need;
}
