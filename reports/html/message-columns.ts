/**
 * How messages travel inside a report: which columns there are, shared by the builder and by the page.
 */

/** Columns in the order in which they are written; times in microseconds, `end...` as distances from the send. */
export const MESSAGE_COLUMNS = [
  'order',
  'endOrder',
  'sent',
  'took',
  'from',
  'to',
  'type',
  'fate',
  'stamp',
  'endStamp',
] as const;

/** Name of a column. */
export type MessageColumn = (typeof MESSAGE_COLUMNS)[number];

/** Columns that only grow. */
export const MESSAGE_GROWING: ReadonlySet<MessageColumn> = new Set(['order', 'sent']);

/** The dictionaries beside the columns. */
export interface MessageNames {
  names: string[];
  types: string[];
  fates: string[];
  /** How many of `names` are nodes; those come first. */
  nodes: number;
  /** Messages of the run that this page does not have. */
  leftOut: number;
}
