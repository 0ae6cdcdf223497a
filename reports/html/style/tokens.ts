/**
 * Colours and sizes of the page, for light and dark. Outcome colours keep 3.2:1 against their ground and stay
 * apart under the two common kinds of colour blindness; shape and word always say the same. Fonts are few, and of two
 * weights: the first paint waits for the system to be asked for each.
 */

const LIGHT = `
--ground:#fbfbf9;--panel:#ffffff;--sunk:#f3f3f0;--ink:#1d2126;--soft:#59626c;--faint:#8b919b;--line:#e2e3df;--grid:#ecece8;
--ok:#2f6fb0;--fail:#8b919b;--info:#b36200;--bad:#7d0036;--accent:#2f6fb0;--hover:#eef3f9;--mark:#fff3c4;
--good-ink:#1d6b3c;--good-wash:#e7f3ea;--bad-ink:#96003f;--bad-wash:#fbe9f0;--warn-ink:#8a4b00;--warn-wash:#fdf1df;
--f0:#7a55a8;--f1:#b0432c;--f2:#8a6a00;--f3:#0b7a6b;--f4:#31639c;--f5:#a3487f;--f6:#5d7a1f;--f7:#6b625a;
--t0:#3b6fa8;--t1:#c25a14;--t2:#27825f;--t3:#94489c;--t4:#857312;--t5:#58677a;
--shadow:0 1px 2px rgba(20,24,30,.05),0 2px 8px rgba(20,24,30,.04);`;

const DARK = `
--ground:#14171b;--panel:#1a1e24;--sunk:#101317;--ink:#e4e7ea;--soft:#a2abb5;--faint:#767d88;--line:#2b3138;--grid:#232930;
--ok:#4da3f7;--fail:#727984;--info:#f0a030;--bad:#ffc2d6;--accent:#7db4ec;--hover:#212a35;--mark:#4a3f14;
--good-ink:#7fd49c;--good-wash:#17291e;--bad-ink:#ff9dbd;--bad-wash:#33161f;--warn-ink:#f5bd6b;--warn-wash:#33260f;
--f0:#b493e0;--f1:#ee8670;--f2:#d9b343;--f3:#4fc3b1;--f4:#79aee6;--f5:#e28fc0;--f6:#a8c75e;--f7:#b3a99f;
--t0:#6fa5e0;--t1:#f0924f;--t2:#58bf96;--t3:#d08ad8;--t4:#cdb748;--t5:#97a7bb;
--shadow:none;`;

/** Custom properties of both themes: the system's choice, unless the reader switched. */
export const TOKENS = `
:root{color-scheme:light;${LIGHT}
--mono:ui-monospace,Menlo,Consolas,monospace;--sans:system-ui,sans-serif}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;${DARK}}}
:root[data-theme=dark]{color-scheme:dark;${DARK}}
@media print{:root:root:root{color-scheme:light;${LIGHT}}}
`;
