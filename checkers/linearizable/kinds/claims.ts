/**
 * Every name the `linearizable` checker has for a violation, and what its last answer does. The documentation says
 * which models each belongs to.
 */

/** Meanings by name. */
export const CLAIMS: Readonly<Record<string, string>> = {
  'not-linearizable': 'fits no order of the operations, and no name below',
  'garbage-read': 'shows what nobody wrote',
  'aborted-read': 'shows what only writes that failed wrote',
  'future-read': 'shows what was written only later',
  'stale-read': 'shows what had been overwritten',
  'lost-write': 'shows no trace of a write before it, which no other answer shows either',
  'lost-cas': 'is a cas that succeeded on a value which another had changed',
  'lost-append': 'lacks a text that had been appended, and that no other answer shows',
  'incompatible-order': 'shows the same texts in another order than another answer',
  'inconsistent-snapshot': 'shows registers that are right each by itself, but never were so together',
  'duplicate-version': 'names a version that another change had been given',
  'version-mismatch': 'shows a version with another value than another answer',
  'version-went-back': 'names a version no larger than one told before it was asked for',
  'skipped-version': 'names a version that so few changes cannot have reached',
  'lost-update': 'names a version smaller than the number of acknowledged changes',
  'phantom-element': 'shows an element that nobody put in',
  'aborted-element': 'shows an element that only operations that failed put in',
  'future-element': 'shows an element that was put in only later',
  'duplicate-element': 'takes, or lists, an element more often than it was put in',
  'stale-element': 'shows an element that had been taken out',
  'lost-element':
    'finds nothing where an element had been put in, which nobody takes out and nobody sees again',
  'missing-element': 'lacks an element that was there',
  'found-empty': 'finds it empty when it cannot have been',
  'out-of-order': 'shows an element that was there, but not next: in a bag without order all would be well',
  'counter-too-low': 'lies outside of what had certainly and can possibly have been added',
  'counter-too-high': 'lies outside of what had certainly and can possibly have been added',
  'counter-went-back': 'is less than what had been read before, though nobody decrements',
  'duplicate-number': 'is a number that another had been given',
  'number-went-back': 'is less than what had been told before it was asked for, or than the first number',
  'skipped-number': 'is larger than so few increments can have made it',
  'double-acquire': 'grants a lock that another owner held all the while',
  'shared-with-writer': 'grants a lock beside a writer, or to a writer beside others',
  'over-capacity': 'grants more permits than there were',
  'release-not-held': 'lets go what its owner did not hold',
  'refused-though-free': 'refuses what was free all the while',
  'refused-though-held': 'refuses a release to the owner',
};
