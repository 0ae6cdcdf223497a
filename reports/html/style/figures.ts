/**
 * Drawings of witnesses (inline SVG): lanes, bars, bands, labels.
 */

/** Style of figures. */
export const FIGURES = `
figure{margin-top:14px;overflow-x:auto}figcaption{position:sticky;left:0}
@media screen and (max-width:760px){figure svg{min-width:680px}figure:has(svg)::after{content:"Wider than this screen: scroll it sideways.";display:block;position:sticky;left:0;color:var(--soft);font-size:12.5px}}
figure svg{display:block;width:100%;height:auto;max-width:1080px;font-family:var(--sans);font-size:12px}
figcaption{color:var(--soft);font-size:12.5px;margin-top:4px;max-width:80em}
svg text{fill:var(--ink)}svg .t-soft{fill:var(--soft)}svg .t-bad{fill:var(--bad-ink);font-weight:600}svg .t-on{fill:#fff;font-weight:600}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]) svg .t-on{fill:#14171b}}:root[data-theme=dark] svg .t-on{fill:#14171b}
svg .mono{font-family:var(--mono);font-size:12px}
svg .lane{stroke:var(--line)}svg .tick{stroke:var(--grid)}svg .frame{fill:var(--panel);stroke:var(--line)}
svg .cut{stroke:var(--f0);stroke-dasharray:5 4;stroke-width:1.5}
svg .band{opacity:.13}
svg .b0{fill:var(--f0)}svg .b1{fill:var(--f1)}svg .b2{fill:var(--f2)}svg .b3{fill:var(--f3)}svg .b4{fill:var(--f4)}svg .b5{fill:var(--f5)}svg .b6{fill:var(--f6)}svg .b7{fill:var(--f7)}
svg .k0{fill:var(--t0)}svg .k1{fill:var(--t1)}svg .k2{fill:var(--t2)}svg .k3{fill:var(--t3)}svg .k4{fill:var(--t4)}svg .k5{fill:var(--t5)}
svg .thin{opacity:.5}
svg .overlap{fill:var(--bad);opacity:.1}svg .overlap-edge{stroke:var(--bad);stroke-width:1.5}
svg .hatch{stroke:var(--bad);stroke-width:1;opacity:.35}
svg .o-ok{fill:var(--ok)}svg .o-fail{fill:none;stroke:var(--fail);stroke-width:1.5}svg .o-info,svg .o-open{fill:var(--info)}
svg .fade-a{stop-color:var(--info)}svg .fade-b{stop-color:var(--info);stop-opacity:0}
svg .error-band{fill:var(--ink);fill-opacity:.18;stroke:none}svg .measured{fill:none;stroke:var(--ink);stroke-width:1.5}svg .meant{stroke:var(--info);stroke-width:2;stroke-dasharray:5 4}
svg .command{fill:var(--ink)}svg .gone{stroke:var(--bad-ink);stroke-width:1.8;fill:none}
svg .hatch.strong{opacity:.8;stroke-width:1.5}
svg .culprit{stroke:var(--bad);stroke-width:2}svg .culprit-ground{fill:var(--panel)}
svg .point{fill:var(--panel);stroke:var(--ink);stroke-width:1.5}svg .t-point{font-size:10.5px;font-weight:600}
svg .box{fill:var(--sunk);stroke:var(--line)}svg .t-name{font-weight:600;font-size:13px}svg .t-hit{fill:var(--bad-ink);font-weight:600}
svg .edge{fill:none;stroke:var(--ink);stroke-width:1.8}svg .edge-head{fill:var(--ink)}
svg .edge.e-rw{stroke:var(--bad-ink);stroke-dasharray:6 4}svg .edge-head.e-rw{fill:var(--bad-ink)}
svg .edge.e-order{stroke:var(--soft);stroke-dasharray:2 4}svg .edge-head.e-order{fill:var(--soft)}
svg .t-edge{font-family:var(--mono);font-size:12px;font-weight:600}
`;
