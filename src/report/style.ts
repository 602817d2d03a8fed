import { palette } from './colours.ts';

/**
 * The page's style sheet. The script reads the colours from it for the charts. `--gutter` and `--edge` are where the
 * plots begin and end: the charts keep to them too.
 */
export const styleSheet = `
:root { color-scheme: light; --gutter: 64px; --edge: 12px; ${palette('light')} }
@media (prefers-color-scheme: dark) { :root:not([data-print]) { color-scheme: dark; ${palette('dark')} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
h1, h2, h3 { line-height: 1.25; margin: 0; }
h1 { font-size: 26px; display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; }
h1 span { min-width: 0; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 0 0 12px; }
h2.small { font-size: 14px; margin: 18px 0 6px; }
h3 { font-size: 15px; }
section { margin: 40px 0; }
section > h3 { margin: 20px 0 6px; }
p { margin: 0 0 10px; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre, .code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 13px; }
.note { color: var(--muted); font-size: 14px; }
.nowrap { white-space: nowrap; }

.top { margin: 24px 0 16px; padding: 20px 24px; background: var(--panel); border: 1px solid var(--line); border-top: 6px solid var(--verdict); border-radius: 8px; }
.top.valid { --verdict: var(--valid); } .top.invalid { --verdict: var(--invalid); } .top.unknown { --verdict: var(--unknown); }
.brand { color: var(--muted); font-size: 13px; margin-bottom: 8px; overflow-wrap: anywhere; }
.sentence { font-size: 18px; margin: 12px 0 16px; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 1px 10px; border-radius: 999px; color: #fff; font-weight: 700; font-size: 14px; white-space: nowrap; }
h1 .badge { font-size: 20px; padding: 3px 16px; }
.badge.valid { background: var(--valid); } .badge.invalid { background: var(--invalid); } .badge.unknown { background: var(--unknown); }
dl, dd { margin: 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 10px 24px; }
.facts dt, .stats dt { color: var(--muted); font-size: 13px; }
.facts dd { overflow-wrap: anywhere; }
.facts.code { grid-template-columns: 1fr; gap: 4px; margin: 8px 0; }
.facts.code div { display: grid; grid-template-columns: 130px minmax(0, 1fr); gap: 12px; } .facts.code dt { overflow-wrap: anywhere; }
.command { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 4px 8px; align-items: start; }
.token { display: inline-block; max-width: 100%; white-space: pre-wrap; overflow-wrap: anywhere; } #copied { grid-column: 1 / -1; font-size: 14px; color: var(--muted); }
pre { margin: 0; padding: 8px 12px; background: var(--page); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
button, select { font: inherit; font-size: 14px; color: var(--text); background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: 5px 12px; min-height: 34px; }
button { cursor: pointer; } button:hover, select:hover { border-color: var(--muted); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0; padding: 0; font-size: 14px; }

.anomaly { border: 1px solid var(--line); border-left: 4px solid var(--invalid); border-radius: 6px; padding: 10px 14px; margin: 0 0 12px; }
.anomaly summary { cursor: pointer; overflow-wrap: anywhere; }
.anomaly .id { font-weight: 700; color: var(--invalid-text); margin-right: 4px; } .anomaly .kind { margin-right: 6px; }
details.others { margin: 0 0 20px; padding-left: 4px; } .others > summary { cursor: pointer; margin-bottom: 8px; }
.anomaly .links { margin: 6px 0 8px; font-size: 14px; }
.cycle { position: relative; list-style: none; margin: 10px 0 14px; padding: 0 0 0 22px; max-width: 860px; }
.cycle::before { content: ""; position: absolute; left: 4px; top: 15px; bottom: 11px; width: 14px; border: 2px solid var(--invalid); border-right: 0; border-radius: 6px 0 0 6px; }
.cycle::after { content: ""; position: absolute; left: 13px; top: 11px; border: 5px solid transparent; border-left: 8px solid var(--invalid); }
.transaction { border: 1px solid var(--line); border-radius: 6px; background: var(--panel); padding: 4px 10px; overflow-wrap: anywhere; }
.edge { padding: 4px 10px; font-size: 14px; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 0 0 8px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--muted); font-size: 13px; white-space: nowrap; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
table.compact { width: auto; min-width: 50%; } table.compact th, table.compact td { padding-right: 28px; }
tfoot td { font-weight: 600; border-bottom: 0; }
.num { text-align: right; white-space: nowrap; }
td.value { min-width: 140px; overflow-wrap: anywhere; unicode-bidi: isolate; } td.wide { min-width: 220px; overflow-wrap: anywhere; }
td ul { margin: 0; padding-left: 18px; }
tr.partner { color: var(--muted); }
.type { font-weight: 600; } .type.ok { color: var(--ok); } .type.fail { color: var(--fail); } .type.info { color: var(--info); }
.good { color: var(--valid-text); } .bad { color: var(--invalid-text); font-weight: 600; }
.stats { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 14px; } .stats div { display: flex; gap: 6px; align-items: baseline; } .stats dd { overflow-wrap: anywhere; }
.environment { display: grid; grid-template-columns: minmax(90px, max-content) 1fr; gap: 3px 18px; font-size: 14px; }
.environment dt { color: var(--muted); } .environment dd { overflow-wrap: anywhere; min-width: 0; }
.environment .environment { border-left: 2px solid var(--line); padding-left: 12px; }
.files { columns: 300px; font-size: 14px; padding-left: 18px; margin: 0; } .files li { overflow-wrap: anywhere; }

.toolbar { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 6px; align-items: center; padding: 8px 0; background: var(--page); border-bottom: 1px solid var(--line); }
.toolbar select { flex: 0 1 300px; min-width: 0; } .toolbar output { margin-left: auto; font-size: 14px; font-variant-numeric: tabular-nums; }
@media (hover: none) { .mouse { display: none; } }
figure { margin: 20px 0 0; }
figcaption { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; margin-bottom: 4px; }
figcaption p { margin: 0; color: var(--muted); font-size: 14px; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 6px; margin: 0 0 0 auto; padding: 0; font-size: 13px; }
.legend li::before { content: ""; width: 12px; height: 12px; border-radius: 3px; background: var(--swatch); margin-right: 5px; flex: none; }
.legend.static li { padding: 0 4px; } .legend li { display: flex; align-items: center; }
.legend button { border: 0; background: none; padding: 2px 4px 2px 0; min-height: 24px; font-size: 13px; }
.legend button[aria-pressed="false"] { text-decoration: line-through; color: var(--muted); }
.legend .ok { --swatch: var(--ok); } .legend .fail { --swatch: var(--fail); } .legend .info { --swatch: var(--info); }
.legend .p50 { --swatch: var(--p50); } .legend .p95 { --swatch: var(--p95); } .legend .p99 { --swatch: var(--p99); } .legend .max { --swatch: var(--max); }
.legend .leader { --swatch: var(--leader); } .legend .candidate { --swatch: var(--candidate); } .legend .follower { --swatch: var(--follower); } .legend .mixed { --swatch: var(--mixed); }
.legend .snapshot { --swatch: var(--text); } .legend .installed { --swatch: var(--p95); } .legend .members { --swatch: var(--p99); } .legend .mark::before { width: 3px; border-radius: 0; }
.legend .pre-candidate::before { background: var(--candidate); opacity: 0.45; }
.legend .silent::before { background: repeating-linear-gradient(135deg, var(--silent) 0 2px, transparent 2px 5px); border: 1px solid var(--line); }
.canvas { position: relative; height: 190px; }

.lanes { position: relative; }
.lane { display: flex; margin: 0 0 3px; padding-right: var(--edge); }
.lane-name { flex: 0 0 var(--gutter); width: var(--gutter); padding-right: 8px; font-size: 12px; line-height: 20px; text-align: right; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lane-name span { display: block; color: var(--muted); font-size: 11px; font-variant-numeric: tabular-nums; }
.strip .lane-name { line-height: 18px; }
.lane-empty { margin: 0; color: var(--muted); font-size: 13px; line-height: 20px; min-height: 24px; position: relative; }
svg.plot { display: block; flex: 1 1 auto; width: 0; min-width: 0; overflow: hidden; position: relative; }
.strip svg.plot { background: var(--panel); }
svg.backdrop, svg.marks { position: absolute; left: var(--gutter); width: calc(100% - var(--gutter) - var(--edge)); top: 0; height: calc(100% - 23px); pointer-events: none; }
svg text { font: 11px system-ui, sans-serif; fill: var(--text); pointer-events: none; } svg text.hidden { display: none; }
svg .axis-label { fill: var(--muted); }
.axis-row { margin: 0; } .axis-row .lane-name { color: var(--muted); font-size: 11px; }
rect.role { stroke: var(--page); stroke-width: 0.5px; } rect.mixed { stroke: none; } svg.axis { overflow: visible; }
rect.leader { fill: var(--leader); } rect.candidate { fill: var(--candidate); } rect.pre-candidate { fill: var(--candidate); fill-opacity: 0.45; } rect.follower { fill: var(--follower); } rect.mixed { fill: var(--mixed); }
text.leader { fill: var(--on-leader); font-weight: 600; } text.candidate { fill: #1b1f24; }
rect.silent { fill: url(#hatch); }
#hatch rect { fill: var(--page); opacity: 0.72; } #hatch path { stroke: var(--silent); stroke-width: 1.5px; }
line.mark { stroke: var(--text); stroke-width: 2px; } line.installed { stroke: var(--p95); } line.members { stroke: var(--p99); }
polyline.commit { fill: none; stroke: var(--text); stroke-width: 1.4px; vector-effect: non-scaling-stroke; opacity: 0.75; }
svg.marks line { stroke: var(--invalid-text); stroke-width: 1.5px; stroke-dasharray: 4 3; }
rect.fault { fill: var(--fault); fill-opacity: 0.45; stroke: var(--fault); } rect.idle { fill-opacity: 0.08; stroke-dasharray: 3 2; }
rect.shade { fill: var(--fault); fill-opacity: var(--shade); }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 2px; background: var(--fault); margin-right: 5px; }
${[0, 1, 2, 3, 4, 5].map((at) => `.c${at} { --fault: var(--fault-${at}); }`).join(' ')}
.definitions { position: absolute; width: 0; height: 0; }
footer { color: var(--muted); font-size: 13px; padding-bottom: 32px; }

@media (max-width: 640px) {
  :root { --gutter: 58px; }
  main, footer { padding: 0 14px; }
  .toolbar { position: static; } .mouse { display: none; } .lane-name { font-size: 11px; padding-right: 5px; }
  .top { padding: 14px; margin-top: 12px; }
  h1 { font-size: 21px; } h1 .badge { font-size: 17px; } .sentence { font-size: 16px; }
  .facts { grid-template-columns: 1fr 1fr; gap: 8px 14px; }
  .legend { margin-left: 0; } .toolbar output { margin-left: 0; flex: 1 0 auto; text-align: right; }
  .canvas { height: 170px; }
  table.stack, table.stack tbody { display: block; } table.stack thead { display: none; }
  table.stack tr { display: flex; flex-wrap: wrap; gap: 2px 14px; padding: 6px 0; border-bottom: 1px solid var(--line); }
  table.stack td { display: block; border: 0; padding: 0; min-width: 0; } table.stack td:empty { display: none; } table.stack td.num br { display: none; }
  table.stack td.value, table.stack td.wide { flex: 1 0 100%; } table.stack [data-label]::before { content: attr(data-label) " "; color: var(--muted); }
  table.compact { width: 100%; } table.compact th, table.compact td { padding-right: 12px; }
  .environment { grid-template-columns: 1fr; } .environment dd { margin-bottom: 6px; }
}
@media print {
  body { font-size: 12px; } .toolbar, .legend button[aria-pressed="false"], #copy, nav { display: none; }
  figure, tr, .anomaly { break-inside: avoid; } .scroll { overflow: visible; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`.trim();
