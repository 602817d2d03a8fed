/** The page's style sheet. Colour is never all there is: what it tells is said in words or by shape too. */
export const styleSheet = `
:root { color-scheme: light; --page: #ffffff; --panel: #f5f6f8; --text: #1b1f24; --muted: #56606b; --line: #d8dde3; --edge: #7b8794; --link: #0b5cad;
  --good: #1a7f37; --bad: #c4202b; --warn: #8a6100; --active: #0f7f66; --on-active: #ffffff; --busy: #f0b429; --on-busy: #1b1f24; --new: #fff1c2;
  --t0: #e8ddfb; --t1: #d6e6fb; --t2: #d5f0dd; --t3: #fbe3cf; --t4: #fad9e6; --t5: #d5eef0; }
@media (prefers-color-scheme: dark) { :root { color-scheme: dark; --page: #14171b; --panel: #1c2026; --text: #e4e7eb; --muted: #9aa5b1; --line: #343b44; --edge: #7b8794; --link: #7cb7ff;
  --good: #56c271; --bad: #ff7b80; --warn: #e0b155; --active: #2aa889; --on-active: #08110e; --busy: #e0a526; --on-busy: #1b1f24; --new: #3d3413;
  --t0: #3f3361; --t1: #1f3d63; --t2: #1d4a2d; --t3: #583a1c; --t4: #5a2740; --t5: #174a4f; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 19px; line-height: 1.3; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin-bottom: 8px; }
h3 { font-size: 13px; color: var(--muted); margin: 10px 0 4px; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
#actions:focus { outline: none; } #actions:focus-visible { outline: 3px solid var(--link); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 8px; top: -60px; background: var(--page); padding: 8px; z-index: 3; } .skip:focus { top: 8px; }
.note { color: var(--muted); font-size: 14px; }
.problem { margin: 12px 20px; padding: 10px 14px; border: 1px solid var(--bad); border-left-width: 5px; border-radius: 6px; color: var(--bad); overflow-wrap: anywhere; }
kbd { font: 12px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; color: var(--muted); border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; background: var(--page); }
button { font: inherit; color: var(--text); background: var(--page); border: 1px solid var(--edge); border-radius: 6px; padding: 5px 12px; min-height: 34px; cursor: pointer; }
button:hover:not(:disabled) { border-color: var(--link); background: var(--panel); } button:disabled { color: var(--muted); border-color: var(--line); cursor: default; }

body > header { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center; justify-content: space-between; padding: 10px 20px; background: var(--panel); border-bottom: 1px solid var(--line); }
.brand { color: var(--muted); font-size: 13px; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; } nav span { font-size: 14px; color: var(--muted); }
main { display: grid; grid-template-columns: minmax(270px, 22%) minmax(0, 1fr) minmax(230px, 19%); gap: 0 24px; padding: 16px 20px 40px; align-items: start; max-width: 1800px; margin: 0 auto; }
.column { display: grid; gap: 24px; min-width: 0; }
section { min-width: 0; }

#actions ul { display: grid; gap: 5px; }
#actions h3 { overflow-wrap: anywhere; } #actions h3:first-child { margin-top: 0; } #actions div + div { margin-top: 10px; }
#actions button { display: flex; gap: 8px; align-items: baseline; width: 100%; text-align: left; padding: 6px 10px; }
#actions kbd { flex: none; min-width: 20px; text-align: center; } #actions kbd:empty { visibility: hidden; }
.words { min-width: 0; overflow-wrap: anywhere; }
.sign { flex: none; width: 16px; height: 16px; align-self: flex-start; margin-top: 3px; fill: none; stroke: var(--link); stroke-width: 1.5px; stroke-linejoin: round; } .sign.timeout, .sign.choice { stroke: var(--warn); } .sign.crash, .sign.drop { stroke: var(--bad); } .sign.recover { stroke: var(--good); }
button.outside { border-style: dashed; } .mark { display: block; font-size: 13px; color: var(--muted); }
#idle { margin-top: 8px; }
#path { counter-reset: step -1; max-height: 60vh; overflow: auto; }
#path li { counter-increment: step; display: flex; gap: 8px; padding: 2px 0; }
#path li::before { content: counter(step); flex: none; width: 24px; text-align: right; color: var(--muted); font-variant-numeric: tabular-nums; }
#path a { min-width: 0; overflow-wrap: anywhere; text-decoration: none; } #path a:hover { text-decoration: underline; }
#path a[aria-current] { color: var(--text); font-weight: 600; }

#now { background: var(--panel); border: 1px solid var(--line); border-left: 4px solid var(--link); border-radius: 6px; padding: 8px 12px; margin-bottom: 12px; overflow-wrap: anywhere; }
.step { font-weight: 600; } .changes { font-size: 14px; columns: 2 260px; column-gap: 24px; } .changes li { break-inside: avoid; padding-left: 12px; text-indent: -12px; } .changes li::before { content: "• "; color: var(--muted); }
#now .outside { color: var(--warn); font-weight: 600; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 190px), 1fr)); gap: 10px; }
.card { border: 1px solid var(--line); border-top: 5px solid var(--edge); border-radius: 8px; padding: 8px 10px; min-width: 0; }
.card.active { border-top-color: var(--active); } .card.busy { border-top-color: var(--busy); }
.card.down { border-style: dashed; border-top-style: dashed; background: repeating-linear-gradient(135deg, var(--panel) 0 6px, transparent 6px 12px); }
.card header { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; justify-content: space-between; }
.card h3 { font-size: 16px; color: var(--text); margin: 0; min-width: 0; overflow-wrap: anywhere; }
.status { font-size: 13px; font-weight: 600; padding: 0 8px; border-radius: 999px; border: 1px solid var(--edge); overflow-wrap: anywhere; }
.active .status { background: var(--active); border-color: var(--active); color: var(--on-active); } .busy .status { background: var(--busy); border-color: var(--busy); color: var(--on-busy); }
.status.changed { outline: 3px solid var(--new); }
.facts { display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 6px 0; font-size: 14px; } .facts div { display: flex; gap: 5px; border-radius: 4px; } .facts dt { color: var(--muted); } .facts dd { font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.facts .changed, .lines .changed, .messages .changed { background: var(--new); box-shadow: 0 0 0 3px var(--new); border-radius: 2px; }
.log { display: flex; flex-wrap: wrap; gap: 4px; margin: 4px 0; }
.box { display: grid; max-width: 100%; overflow-wrap: anywhere; justify-items: center; min-width: 38px; padding: 2px 6px 3px; border: 1px solid var(--edge); border-radius: 4px; font-size: 13px; line-height: 1.3; position: relative; }
.box.committed { border: 3px solid var(--text); padding: 0 4px 1px; } .box.unsynced { border-style: dashed; } .box.unsynced:not(.committed) { border-width: 2px; padding: 1px 5px 2px; }
.box.changed { box-shadow: 0 0 0 3px var(--new); }
.box .index { font-size: 10px; color: var(--text); opacity: 0.85; } .box .term { font-weight: 700; font-size: 15px; }
${[0, 1, 2, 3, 4, 5].map((at) => `.t${at} { background: var(--t${at}); }`).join(' ')}
.empty, .timers, .more { font-size: 13px; color: var(--muted); } .more { margin-top: 4px; } .more li { overflow-wrap: anywhere; }
#legend { margin-top: 6px; font-size: 13px; }
.messages { font-size: 14px; display: grid; gap: 3px; } .messages li { display: flex; gap: 10px; } .messages .route { flex: none; max-width: 45%; font-weight: 600; } .messages span { min-width: 0; overflow-wrap: anywhere; }
.lines { display: grid; gap: 3px; font-size: 14px; } .lines li { overflow-wrap: anywhere; white-space: pre-wrap; }
#notes { margin-top: 8px; } #notes li { overflow-wrap: anywhere; }
.scroll { overflow: auto; max-height: 70vh; border: 1px solid var(--line); border-radius: 8px; } .scroll svg { display: block; }

#properties { font-size: 14px; } #properties ul { display: grid; gap: 5px; } #properties h3:first-child { margin-top: 0; }
#properties li { border-left: 4px solid var(--edge); padding-left: 8px; } #properties .good { border-left-color: var(--good); } #properties .bad { border-left-color: var(--bad); }
.verdict, .here { color: var(--muted); } .here.good { color: var(--good); } .here.bad { color: var(--bad); font-weight: 600; } li.bad .verdict { color: var(--bad); }
#search { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 14px; margin-top: 4px; } #search div { display: flex; gap: 5px; } #search dt { color: var(--muted); } #search dd { font-variant-numeric: tabular-nums; }
#search-words { font-size: 14px; } #promises > h3 { margin-top: 20px; }

dialog { max-width: min(520px, calc(100vw - 24px)); border: 1px solid var(--edge); border-radius: 8px; background: var(--page); color: var(--text); padding: 18px 20px; } dialog::backdrop { background: rgb(0 0 0 / 0.45); }
dialog p { margin-bottom: 10px; } dialog dl { display: grid; gap: 4px; margin-bottom: 12px; } dialog dl div { display: flex; gap: 10px; } dialog dt { flex: none; width: 62px; }

@media (max-width: 1100px) { main { grid-template-columns: minmax(250px, 34%) minmax(0, 1fr); } .column:last-child { grid-column: 1 / -1; margin-top: 24px; } }
@media (max-width: 720px) {
  body > header { position: static; padding: 10px 14px; } nav kbd { display: none; } nav button { padding: 5px 10px; }
  main { display: flex; flex-direction: column; gap: 22px; align-items: stretch; padding: 14px 14px 32px; } .column { display: contents; }
  #state { display: contents; } #state > * { order: 1; } #state > #now { order: 2; margin: 0; } #state > :not(h2, #now) { margin-top: -14px; }
  #next { order: 3; } #way { order: 4; } #drawn { order: 5; } #promises { order: 6; }
  .problem { margin: 10px 14px; } #actions kbd { display: none; } #actions button { min-height: 42px; align-items: center; } .sign { align-self: center; margin: 0; } .cards { gap: 8px; }
}
`.trim();
