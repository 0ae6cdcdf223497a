/**
 * What a night adds to the style of reports: the matrix, the bars of nights, the lanes of jobs.
 */

/** Style beyond that of every page. */
export const NIGHT = `
.matrix td,.matrix th{padding:5px 10px 5px 0;white-space:nowrap}
.matrix{margin-bottom:14px}.matrix tbody tr:last-child th{border-bottom:0}
td.name,th.name,.matrix th[scope]{overflow-wrap:break-word;min-width:11em}
.names span{display:inline-block;margin:2px 16px 2px 0}
.none{color:var(--faint)}
.chart{display:block;width:100%;min-width:600px;height:auto;margin-top:8px;background:var(--panel);border:1px solid var(--line);border-radius:7px}
.chart text{font:11px var(--sans);fill:var(--soft)}
.chart .tick{stroke:var(--grid)}
.b-pass{fill:var(--ok)}.b-fail{fill:var(--bad)}.b-broken{fill:var(--bad-ink)}.b-unknown{fill:var(--info)}.b-vacuous{fill:var(--fail)}
.chart .again,.l-pass.again{opacity:.55}.chart text.on{fill:var(--panel);font-weight:700}
.legend-line{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:12px;color:var(--soft);margin-top:6px}.legend-line i{display:inline-block;width:14px;height:9px;border-radius:2px;margin-right:6px}
.l-pass{background:var(--ok)}.l-fail{background:var(--bad)}.l-broken{background:var(--bad-ink)}.l-unknown{background:var(--info)}.l-vacuous{background:var(--fail)}
.chart a:hover rect,.chart rect:hover{opacity:.8}
.past{font-family:var(--mono);letter-spacing:1px;white-space:nowrap}
.p-pass{color:var(--ok)}.p-fail,.p-broken{color:var(--bad-ink);font-weight:700}.p-unknown,.p-vacuous{color:var(--info)}
.state{font-size:12px;font-weight:650;padding:1px 7px;border-radius:4px;background:var(--sunk);white-space:nowrap}
.state.new,.state.new-broken{color:var(--bad-ink);background:var(--bad-wash)}.state.fixed{color:var(--good-ink);background:var(--good-wash)}
.state.still,.state.new-unknown,.state.unproved,.state.slower,.state.fewer-operations{color:var(--warn-ink);background:var(--warn-wash)}
`;
