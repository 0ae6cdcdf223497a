/**
 * What the pages of `faultline serve` add to the style of reports: a list to search, and a run as it goes on.
 */

/** Style of the list and of the live view. */
export const SERVE = `
.sheet{max-width:1440px;margin:0 auto;padding:0 24px 80px}
.tools{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;margin:10px 0 4px}
.tools input{flex:1;min-width:16em;max-width:46em;padding:5px 10px;border:1px solid var(--line);border-radius:6px;background:var(--panel)}
.tools .problem{color:var(--bad-ink);font-size:13px}
th button{all:unset;cursor:pointer}th button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
th[aria-sort=ascending] button::after{content:" \\2191"}th[aria-sort=descending] button::after{content:" \\2193"}
tr[hidden]{display:none}
tbody tr:hover{background:var(--hover)}
.v-running{color:var(--accent);background:var(--hover)}
.v-none{color:var(--soft);background:var(--sunk)}
.past{white-space:nowrap}.past a{text-decoration:none}.past span{display:inline-grid;place-items:center;width:15px;height:18px;margin-right:2px;border-radius:3px;font-size:10.5px;font-weight:600;background:var(--sunk);color:var(--soft)}
.past .p-pass{background:var(--good-wash);color:var(--good-ink)}.past .p-fail,.past .p-broken{background:var(--bad-wash);color:var(--bad-ink)}
.past .p-unknown,.past .p-vacuous{background:var(--warn-wash);color:var(--warn-ink)}.past .p-running{color:var(--accent)}
td.why{min-width:26em}#standing .badge{margin-bottom:10px}
.stages{display:flex;flex-wrap:wrap;gap:6px;list-style:none;margin:16px 0}
.stages li{padding:3px 11px;border:1px solid var(--line);border-radius:14px;color:var(--soft);font-size:13px}
.stages .now{border-color:var(--accent);color:var(--ink);font-weight:600}
.stages .done{color:var(--good-ink)}.stages .late{color:var(--bad-ink)}
.spark{display:block;width:100%;max-width:760px;height:64px;background:var(--panel);border:1px solid var(--line);border-radius:6px}
.spark path{fill:none;stroke:var(--accent);stroke-width:1.5}
.node-up{color:var(--good-ink)}.node-down{color:var(--bad-ink)}.node-odd{color:var(--warn-ink)}
.happened{list-style:none;margin-top:8px;font-size:13px}.happened li{display:grid;grid-template-columns:70px 1fr;padding:2px 0}
.happened time{color:var(--soft);font-variant-numeric:tabular-nums}
`;
