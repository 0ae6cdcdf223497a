/**
 * What a night adds to the style of reports: the matrix, the bars of nights, the lanes of jobs.
 */

/** Style beyond that of every page. */
export const NIGHT = `
.matrix td,.matrix th{padding:5px 10px 5px 0;white-space:nowrap}
.matrix a{text-decoration:none}
.none{color:var(--faint)}
.chart{display:block;width:100%;height:auto;margin-top:8px;background:var(--panel);border:1px solid var(--line);border-radius:7px}
.chart text{font:11px var(--sans);fill:var(--soft)}
.chart .tick{stroke:var(--grid)}
.b-pass{fill:var(--ok)}.b-fail{fill:var(--bad)}.b-broken{fill:var(--bad-ink)}.b-unknown{fill:var(--info)}.b-vacuous{fill:var(--fail)}
.chart .again{opacity:.55}
.chart a:hover rect,.chart rect:hover{opacity:.8}
.past{font-family:var(--mono);letter-spacing:1px;white-space:nowrap}
.p-pass{color:var(--ok)}.p-fail,.p-broken{color:var(--bad-ink);font-weight:700}.p-unknown,.p-vacuous{color:var(--info)}
.state{font-size:12px;font-weight:650;padding:1px 7px;border-radius:4px;background:var(--sunk);white-space:nowrap}
.state.new,.state.new-broken{color:var(--bad-ink);background:var(--bad-wash)}.state.fixed{color:var(--good-ink);background:var(--good-wash)}
.state.still,.state.new-unknown,.state.unproved,.state.slower,.state.fewer-operations{color:var(--warn-ink);background:var(--warn-wash)}
`;
