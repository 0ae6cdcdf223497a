/**
 * What only the application shows: tools, canvases, tips, details, the list of operations, the help dialog.
 */

/** Style of the interactive parts. */
export const APP = `
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.grow{flex:1}
kbd{font-family:var(--mono);font-size:11.5px;border:1px solid var(--line);border-bottom-width:2px;border-radius:4px;padding:0 5px;background:var(--panel)}
.tools{display:flex;flex-wrap:wrap;align-items:center;gap:8px 12px;margin-bottom:8px}
.filter{position:relative;flex:1 1 380px;max-width:560px}.filter input{width:100%;font-family:var(--mono);font-size:12.5px;padding:6px 10px;border:1px solid var(--line);
border-radius:6px;background:var(--panel)}
.filter input[aria-invalid=true]{border-color:var(--bad)}
.options{position:absolute;z-index:7;left:0;top:calc(100% + 3px);min-width:320px;max-width:100%;max-height:290px;overflow:auto;margin:0;padding:4px;list-style:none;background:var(--panel);border:1px solid var(--line);border-radius:7px;box-shadow:0 6px 24px rgba(10,14,20,.16)}
.options li{display:flex;justify-content:space-between;gap:18px;padding:3px 8px;border-radius:4px;cursor:pointer;font-size:12.5px}.options b{font-family:var(--mono);font-weight:500}.options span{color:var(--soft);text-align:right}
.options li:hover,.options li[aria-selected=true]{background:var(--hover)}
.filter-error{color:var(--bad-ink);background:var(--bad-wash);border-radius:6px;padding:6px 11px;margin-bottom:8px;overflow-x:auto}
select{background:var(--panel);border:1px solid var(--line);border-radius:5px;padding:2px 6px;font-size:12.5px}
.group{display:inline-flex}.group .button{border-radius:0;margin-left:-1px}.group .button:first-child{border-radius:5px 0 0 5px}.group .button:last-child{border-radius:0 5px 5px 0}
.chart-card{background:var(--panel);border:1px solid var(--line);border-radius:8px;box-shadow:var(--shadow);padding:10px 0 6px;overflow:hidden}
.chart-card canvas:focus-visible{outline-offset:-2px}
.chart-card canvas{display:block;width:100%;touch-action:pan-y}
#strip{height:46px;cursor:crosshair;margin-bottom:6px}#lanes{cursor:grab}#lanes.drag{cursor:grabbing}
#latency-chart{height:210px}#error-chart{margin-top:2px}#rate-chart{height:130px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;padding:6px 14px 4px;color:var(--soft);font-size:12px}
.legend i{display:inline-block;width:14px;height:9px;border-radius:2px;margin-right:6px}
.l-ok{background:var(--ok)}.l-fail{border:1.5px solid var(--fail)}.l-info{background:linear-gradient(90deg,var(--info),transparent)}
.l-maybe{background:var(--info)}.l-bad{border:2px solid var(--bad);background:repeating-linear-gradient(45deg,var(--bad) 0 1.5px,transparent 1.5px 4px)}
.l-line,.l-dash{height:0!important;border-radius:0!important;vertical-align:3px;border-top:2px solid var(--ink)}.l-dash{border-top:2px dashed var(--bad)}
.legend #window-note{margin-left:auto;font-variant-numeric:tabular-nums}
.tip{position:fixed;z-index:8;pointer-events:none;background:var(--ink);color:var(--ground);border-radius:6px;padding:6px 10px;font-size:12px;line-height:1.45;
max-width:420px;overflow-wrap:anywhere;white-space:pre-line;font-variant-numeric:tabular-nums}
.panel-details{background:var(--panel);border:1px solid var(--line);border-left:4px solid var(--accent);border-radius:8px;padding:14px 18px;margin-top:10px;box-shadow:var(--shadow)}
.panel-details h3{display:flex;align-items:center;gap:10px;margin-bottom:8px;overflow-wrap:anywhere}.panel-details h3 .button{margin-left:auto;flex:none}
.panel-details .two{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:8px 32px}
@media (max-width:900px){.panel-details .two{grid-template-columns:minmax(0,1fr)}}
.linkish{background:none;border:0;padding:1px 0;color:var(--accent);cursor:pointer;font-family:var(--mono);font-size:12px;text-align:left;overflow-wrap:anywhere}
.linkish:hover{text-decoration:underline}
.op-table{position:relative;height:420px;overflow:auto;background:var(--panel);border:1px solid var(--line);border-radius:8px;font-size:12.5px}
.op-head,.op-row{display:grid;grid-template-columns:74px 96px 84px 76px 56px 96px minmax(180px,1fr) 230px;gap:10px;padding:0 14px;height:26px;align-items:center;white-space:nowrap}
.op-head{position:sticky;top:0;z-index:1;background:var(--panel);border-bottom:1px solid var(--line);color:var(--soft);font-weight:600;font-size:12px}
.op-row{position:absolute;left:0;right:0;cursor:pointer;font-family:var(--mono);font-size:12px}
.op-row>*{overflow:hidden;text-overflow:ellipsis}
.op-row:hover{background:var(--hover)}.op-row[aria-selected=true]{background:var(--mark)}.op-row.witness{box-shadow:inset 3px 0 var(--bad)}
.op-space{position:relative}
.op-table.short{height:320px}.message-row,#message-table .op-head{grid-template-columns:96px 84px 110px 110px minmax(120px,1fr) 110px 130px 110px}
.log-row,#log-table .op-head{grid-template-columns:96px 60px minmax(240px,1fr) 200px}.log-row.crash{color:var(--bad-ink);background:var(--bad-wash)}
.chips{display:flex;flex-wrap:wrap;gap:5px;max-height:74px;overflow:auto}.chip{font-family:var(--mono);font-size:11.5px;border:1px solid var(--line);border-radius:10px;padding:1px 9px;background:var(--panel);cursor:pointer}
.chip:hover{background:var(--hover)}.chip[aria-pressed=false]{color:var(--faint);text-decoration:line-through;background:none}
.message-words{margin-top:10px;max-width:92em}.message-words p{margin-top:6px;overflow-wrap:anywhere}
.because.tight{margin-top:6px;max-height:340px;overflow:auto}.because.tight li{padding:0}
.twin{margin-top:10px}.twin>summary{color:var(--soft);font-size:13px;padding:2px 0}
#filter-chips{margin-bottom:8px}.chip-pair{display:inline-flex}.chip-pair .chip:first-child{border-radius:10px 0 0 10px}.chip-pair .chip:last-child{border-radius:0 10px 10px 0;margin-left:-1px;padding:1px 7px}
.mark-bar{position:fixed;z-index:6;left:50%;bottom:14px;transform:translateX(-50%);display:flex;flex-wrap:wrap;gap:6px 10px;align-items:center;width:max-content;max-width:calc(100vw - 28px);background:var(--panel);border:1px solid var(--accent);border-radius:8px;padding:8px 14px;font-size:12.5px;box-shadow:0 6px 24px rgba(10,14,20,.22);font-variant-numeric:tabular-nums}.mark-bar[hidden],#filter-chips[hidden]{display:none}
#space-time{cursor:crosshair}
dialog{border:1px solid var(--line);border-radius:10px;background:var(--panel);color:var(--ink);padding:20px 24px;max-width:520px;width:calc(100% - 32px)}
dialog::backdrop{background:rgba(10,12,15,.45)}
dialog dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 18px;margin:12px 0}
`;
