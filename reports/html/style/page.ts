/**
 * Layout and text: the band, the contents beside the sections, cards, tables, commands, printing.
 */

/** Style of everything that is readable without scripts. */
export const PAGE = `
*{box-sizing:border-box}
html{scroll-padding-top:64px;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:14px/1.5 var(--sans)}
h1,h2,h3,p,figure,ol,ul,pre,dl,dd{margin:0;padding:0}
h1{font-size:21px;line-height:1.35;font-weight:600;letter-spacing:-.01em;max-width:62em;overflow-wrap:anywhere}
h2{font-size:17px;font-weight:600;letter-spacing:-.005em}
h3{font-size:14.5px;font-weight:600}
a{color:var(--accent)}
code,pre,.mono{font-family:var(--mono);font-size:12.5px}
.soft{color:var(--soft)}.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.nowrap{white-space:nowrap}
button,select,input{font:inherit;color:inherit}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-9999px}.skip:focus{left:8px;top:8px;background:var(--panel);padding:6px 10px;z-index:9}

.bar{position:sticky;top:0;z-index:5;display:flex;gap:12px;align-items:center;height:44px;padding:0 20px;background:var(--panel);
border-bottom:1px solid var(--line);font-size:13px}
.bar b{font-weight:600}.bar .name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0;flex:1;color:var(--soft)}
.brand{font-weight:600;letter-spacing:-.01em}
.badge{display:inline-flex;gap:6px;align-items:center;padding:2px 9px;border-radius:4px;font-weight:600;font-size:12.5px;
letter-spacing:.02em;white-space:nowrap;border:1px solid currentColor}
.v-pass{color:var(--good-ink);background:var(--good-wash)}
.v-fail,.v-broken{color:var(--bad-ink);background:var(--bad-wash)}
.v-unknown,.v-vacuous{color:var(--warn-ink);background:var(--warn-wash)}
.plain-badge{font-weight:600;font-size:12px;padding:1px 7px}

.layout{display:grid;grid-template-columns:176px minmax(0,1fr);gap:28px;max-width:1440px;margin:0 auto;padding:0 24px 80px}
nav{position:sticky;top:44px;align-self:start;padding:24px 0;max-height:calc(100vh - 44px);overflow:auto}
nav ol{list-style:none}nav a{display:flex;justify-content:space-between;gap:8px;padding:5px 10px;border-radius:5px;color:var(--soft);
text-decoration:none;font-size:13px}
nav a[aria-current]{color:var(--ink);font-weight:600;background:var(--hover)}nav a:hover{background:var(--hover);color:var(--ink)}nav .n{font-variant-numeric:tabular-nums;color:var(--faint)}
main{min-width:0}
section{padding-top:34px}
section>h2{margin-bottom:4px}
.lead{color:var(--soft);margin-bottom:12px;max-width:92em}

.verdict{padding-top:28px}
.verdict>.badge{font-size:14px;padding:4px 12px;margin-bottom:12px}
.facts{display:flex;flex-wrap:wrap;gap:4px 18px;margin-top:10px;color:var(--soft);font-size:13px}
.facts b{color:var(--ink);font-weight:600}
.tiles{display:flex;flex-wrap:wrap;gap:10px;margin:18px 0 16px}
.tile{background:var(--panel);border:1px solid var(--line);border-radius:7px;padding:9px 14px;min-width:112px;box-shadow:var(--shadow)}
.tile b{display:block;font-size:18px;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:-.01em;line-height:1.3}
.tile span{color:var(--soft);font-size:12px}
.command{display:flex;align-items:center;gap:10px;background:var(--sunk);border:1px solid var(--line);border-radius:6px;
padding:7px 8px 7px 12px;margin-top:8px;max-width:760px}
.command code{flex:1;min-width:0;overflow-wrap:anywhere}.command .what{color:var(--soft);font-size:12px;width:44px}
.copy{display:none}.js .copy{display:inline-block}
.button{background:var(--panel);border:1px solid var(--line);border-radius:5px;padding:2px 10px;font-size:12.5px;cursor:pointer;line-height:1.6}
.button:hover{background:var(--hover)}.button[aria-pressed=true]{background:var(--hover);border-color:var(--accent)}
.problems{margin:14px 0 0;padding:8px 12px 8px 28px;background:var(--warn-wash);color:var(--warn-ink);border-radius:6px;font-size:13px}

.card{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:18px 20px;margin-top:12px;box-shadow:var(--shadow)}
.card.bad{border-left:4px solid var(--bad)}
.card-head{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:center;margin-bottom:8px}
.card-head .grow{flex:1}
.kind{font-family:var(--mono);font-size:12.5px;font-weight:600;color:var(--bad-ink)}
.sentence{font-size:15.5px;line-height:1.45;font-weight:600;max-width:64em;overflow-wrap:anywhere}
.because{margin:14px 0 0;padding-left:0;list-style:none;counter-reset:step;max-width:76em}
.because li{counter-increment:step;display:grid;grid-template-columns:24px 1fr;padding:3px 0;overflow-wrap:anywhere}
.because li::before{content:counter(step);font-size:11px;font-weight:600;color:var(--soft);width:18px;height:18px;border-radius:50%;
border:1px solid var(--line);display:grid;place-items:center;margin-top:2px}
.plain{list-style:none}.plain li{padding:2px 0;overflow-wrap:anywhere}

.trend{display:flex;flex-wrap:wrap;gap:6px 10px;align-items:center;margin-top:12px;font-size:13px}
.strip-of-runs{display:inline-flex;gap:2px}.run-sign{display:inline-grid;place-items:center;width:15px;height:18px;border-radius:3px;font-size:10.5px;font-weight:600;background:var(--sunk);color:var(--soft)}
.run-sign.own{outline:2px solid var(--ink);outline-offset:1px}.r-pass{background:var(--good-wash);color:var(--good-ink)}.r-fail,.r-broken{background:var(--bad-wash);color:var(--bad-ink)}.r-unknown,.r-vacuous{background:var(--warn-wash);color:var(--warn-ink)}
caption{text-align:left;color:var(--soft);font-size:12.5px;padding-bottom:4px}
.coverage-note{margin-top:12px}details.card{padding:9px 16px;margin-top:6px}
table.narrow{max-width:620px}.bar-chart{display:block;width:220px;height:12px}
tr.own td{background:var(--sunk)}
.tag{display:inline-block;font-family:var(--mono);font-size:11.5px;border:1px solid var(--line);border-radius:4px;padding:0 5px;background:var(--sunk);margin:1px 0}
.tags{line-height:1.9;margin-top:4px}
.compare:has(input:focus-visible){outline:2px solid var(--accent);outline-offset:2px}.compare.over{outline:2px dashed var(--accent)}.linklike{color:var(--accent);text-decoration:underline;cursor:pointer}
.sub{margin:18px 0 6px;font-size:12px;font-weight:600;color:var(--soft);letter-spacing:.03em}
details.more{margin-top:14px;border-top:1px solid var(--line);padding-top:10px}
summary{cursor:pointer}details.more>summary{color:var(--soft);font-size:13px}

.scroll{overflow-x:auto;margin-top:8px}
/* A shade where there is more to the right; at the end of the way the ground of the table covers it. */
@media screen and (max-width:760px){.scroll{background:linear-gradient(to left,var(--panel) 30%,transparent) no-repeat right/40px 100% local,linear-gradient(to left,var(--line),transparent) no-repeat right/18px 100% scroll var(--panel)}}
table{border-collapse:collapse;width:100%;font-size:13px}
th{text-align:left;font-weight:600;color:var(--soft);font-size:12px;padding:6px 14px 6px 0;border-bottom:1px solid var(--line);white-space:nowrap}
td{padding:6px 14px 6px 0;border-bottom:1px solid var(--grid);vertical-align:top}
td.wide{min-width:14em;overflow-wrap:anywhere}.num.wrap,th.wrap{white-space:normal}td.said{min-width:9em}.whole{padding:6px 0 0;font-size:12.5px}
@media (max-width:600px){td.wide{min-width:18em}}
tr:last-child td{border-bottom:0}
td .mono,td.mono{overflow-wrap:anywhere}
.o-ok{color:var(--ok)}.o-fail{color:var(--soft)}.o-info,.o-open{color:var(--info)}
.yes{color:var(--good-ink)}.no{color:var(--bad-ink);font-weight:600}.maybe{color:var(--warn-ink)}
.swatch{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:7px;vertical-align:-1px}
.s0{background:var(--f0)}.s1{background:var(--f1)}.s2{background:var(--f2)}.s3{background:var(--f3)}
.s4{background:var(--f4)}.s5{background:var(--f5)}.s6{background:var(--f6)}.s7{background:var(--f7)}
.figure{display:inline-block;margin-right:14px;font-variant-numeric:tabular-nums}
pre.log{padding:8px 12px}
dl.pairs{display:grid;align-content:start;align-items:baseline;grid-template-columns:max-content 1fr;gap:3px 18px;font-size:13px}
dl.pairs dt{color:var(--soft)}dl.pairs dd{overflow-wrap:anywhere}
.log{background:var(--sunk);border:1px solid var(--line);border-radius:6px;padding:8px 0;margin-top:6px;max-height:340px;overflow:auto;font-family:var(--mono);font-size:12px;line-height:1.55}
.log div{padding:0 12px;white-space:pre-wrap;overflow-wrap:anywhere}.log .crash{background:var(--bad-wash);color:var(--bad-ink)}
.log i{font-style:normal;color:var(--faint);display:inline-block;min-width:44px;user-select:none}
footer{margin-top:40px;padding-top:14px;border-top:1px solid var(--line);color:var(--soft);font-size:12.5px}
/* Until the operations are read, only what is on the screen is laid out and painted. */
.js:not(.whole) main>section:not(.verdict){content-visibility:auto;contain-intrinsic-size:auto 700px}
.needs-js{display:none}.js .needs-js{display:block}.js .no-js{display:none}.needs-js-inline{display:none}.js .needs-js-inline{display:inline}
.tools>*{max-width:100%}
@media (max-width:900px){.layout{grid-template-columns:minmax(0,1fr);padding:0 14px 60px}nav{display:none}.bar{padding:0 14px}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{.bar,nav,.copy,.tools,#strip,.panel-details,.button,dialog,.op-table,.twin,.compare,#operations,.tip,.mark-bar,#filter-chips,.skip{display:none!important}
@page{margin:14mm}section{padding-top:18px;break-inside:auto}h2,h3,.sub,.lead{break-after:avoid}figure,tr,.chart-card,.command{break-inside:avoid}
.chart-card,.card{border-color:#ccc}.scroll,.chart-card{overflow:visible}td{overflow-wrap:break-word}td.wide,td.mono{overflow-wrap:anywhere;min-width:0}td.wide{min-width:9em}td.said,td.why,td.name{min-width:0}table{font-size:9.5px}td .mono,td.mono,th,th.mono{font-size:9px}th,td{padding-right:7px}.num,th{white-space:normal}td .badge{font-size:9px;padding:0 4px}.sub,caption,figcaption,table .kind,table .state,.legend,.legend-line,summary .mono{font-size:10px}#logs .needs-js{display:none!important}h1{font-size:17px}:root:not([data-messages=ready]) #messages .needs-js{display:none!important}
.layout{display:block;max-width:none;padding:0}body{background:#fff;font-size:11px}.card,.tile{box-shadow:none;break-inside:avoid}
details.more:not([open])>*{display:block}.log{max-height:none}}
`;
