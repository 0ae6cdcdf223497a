/**
 * To the clipboard, where the viewer allows it; otherwise the words are selected, so that one key copies them.
 */
import { element } from './dom.ts';

const PATIENCE_MS = 700;

/** True when it is on the clipboard. */
export async function copyText(text: string): Promise<boolean> {
  try {
    // Some viewers neither allow it nor refuse: they ask, where nobody can answer.
    const asked = new Promise<never>((_, refuse) => {
      setTimeout(() => refuse(new Error('no answer')), PATIENCE_MS);
    });
    await Promise.race([navigator.clipboard.writeText(text), asked]);
    return true;
  } catch {
    // From a file, and in frames, the newer interface is closed; the older one asks for a selection.
    const area = element('textarea', { class: 'visually-hidden', 'aria-hidden': 'true' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** Copies, and says so on the button for a moment. */
export async function copyFrom(button: HTMLElement, text: string): Promise<void> {
  const label = button.textContent;
  button.textContent = (await copyText(text)) ? 'copied' : 'not allowed here';
  setTimeout(() => {
    button.textContent = label;
  }, 1600);
}
