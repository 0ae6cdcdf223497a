/**
 * Unpacks the block of messages of the page.
 */
import { decodeTable } from '../codec.ts';
import { MESSAGE_COLUMNS, MESSAGE_GROWING, type MessageNames } from '../message-columns.ts';
import { inflate } from './inflate.ts';
import { type MessageArrays, Messages } from './messages.ts';

/** The messages; null when the page has none, or they have been read. */
export async function readMessages(): Promise<Messages | null> {
  const element = document.querySelector<HTMLScriptElement>('script.messages');
  if (element === null) return null;
  const count = Number(element.dataset['rows']);
  const [data = '', words = ''] = (element.textContent ?? '').split(' ');
  const made = MESSAGE_COLUMNS.map((name) => [name, new Float64Array(count)]);
  const columns = Object.fromEntries(made) as MessageArrays;
  decodeTable(MESSAGE_COLUMNS, MESSAGE_GROWING, await inflate(data), count, columns, 0);
  const about = JSON.parse(new TextDecoder().decode(await inflate(words))) as MessageNames;
  element.remove();
  return new Messages(columns, count, about);
}
