// The look of the status page. Colours are named by meaning and given twice, for light and for dark.

/** The style sheet, inlined into the page. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f5f6f4, #101413);
  --sheet: light-dark(#ffffff, #181d1c);
  --edge: light-dark(#e0e4e0, #2a3230);
  --text: light-dark(#17211e, #e6ece9);
  --soft: light-dark(#5a6863, #93a19c);
  --track: light-dark(#e6eae7, #2a3230);
  --good: light-dark(#0b7a64, #3ccba8);
  --busy: light-dark(#1f66b5, #6fb1f5);
  --hold: light-dark(#8f5b00, #efb84d);
  --bad: light-dark(#b3261e, #ff8d84);
  --round: 12px;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
header, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { display: flex; align-items: center; gap: 14px; padding-top: 26px; padding-bottom: 20px; }
.title { display: flex; align-items: baseline; gap: 10px; flex: 1; min-width: 0; flex-wrap: wrap; }
h1 { margin: 0; font-size: 25px; line-height: 1.2; letter-spacing: -0.015em; font-weight: 650; overflow-wrap: anywhere; }
h2 { margin: 0; font-size: 15px; font-weight: 620; letter-spacing: -0.005em; }
.tag { font-size: 12.5px; color: var(--soft); border: 1px solid var(--edge); border-radius: 99px; padding: 1px 10px; background: var(--sheet); }
.state { display: flex; align-items: center; gap: 9px; margin: 0; padding: 6px 14px 6px 12px; border-radius: 99px; font-weight: 600; font-size: 14px; color: var(--tone); background: color-mix(in srgb, var(--tone) 12%, transparent); white-space: nowrap; }
.dot { width: 9px; height: 9px; border-radius: 50%; background: var(--tone, currentColor); flex: none; }
.state, .chip { --tone: var(--soft); }
[data-tone="good"] { --tone: var(--good); }
[data-tone="busy"] { --tone: var(--busy); }
[data-tone="hold"] { --tone: var(--hold); }
[data-tone="bad"] { --tone: var(--bad); }
[data-tone="still"] { --tone: var(--soft); }
.state[data-alive] .dot { animation: breathe 2s ease-in-out infinite; }
@keyframes breathe { 50% { box-shadow: 0 0 0 5px color-mix(in srgb, var(--tone) 22%, transparent); } }
#theme { font: inherit; font-size: 17px; line-height: 1; width: 34px; height: 34px; border-radius: 50%; border: 1px solid var(--edge); background: var(--sheet); color: var(--soft); cursor: pointer; }
#theme:hover { color: var(--text); }
:focus-visible { outline: 2px solid var(--busy); outline-offset: 2px; }
main > * { margin: 0 0 22px; }
.notice { --tone: var(--hold); border-radius: var(--round); padding: 12px 16px; border: 1px solid color-mix(in srgb, var(--tone) 38%, transparent); background: color-mix(in srgb, var(--tone) 9%, var(--sheet)); }
.notice.error, .finding[data-severity="error"] { --tone: var(--bad); }
.notice b, .finding b { color: var(--tone); font-weight: 650; }
.lines { margin: 6px 0 0; display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; }
.lines dt { color: var(--soft); }
.lines dd { margin: 0; overflow-wrap: anywhere; }
.code { font-family: var(--mono); font-size: 0.92em; }
.finding { --tone: var(--hold); background: var(--sheet); border: 1px solid var(--edge); border-left: 3px solid var(--tone); border-radius: 8px; padding: 10px 16px; margin-top: 10px; }
.steps[data-tone] { --now: var(--tone); }
.steps { list-style: none; display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; padding: 0; }
.steps li { --tone: var(--track); color: var(--soft); font-size: 13.5px; padding-top: 8px; border-top: 3px solid var(--tone); }
.steps li[data-done] { --tone: var(--good); color: var(--text); }
.steps li[data-done]::before { content: "✓ "; color: var(--good); }
.steps li[aria-current] { --tone: var(--now, var(--busy)); color: var(--text); font-weight: 620; }
.cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 14px; }
.card { background: var(--sheet); border: 1px solid var(--edge); border-radius: var(--round); padding: 14px 16px 12px; min-width: 0; display: flex; flex-direction: column; }
.card h2 { font-size: 13px; font-weight: 550; color: var(--soft); letter-spacing: 0; }
.figure { margin: 2px 0 8px; font-size: 27px; line-height: 1.25; font-weight: 620; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; white-space: nowrap; }
.figure small { font-size: 15px; font-weight: 500; color: var(--soft); letter-spacing: 0; margin-left: 4px; }
.note { margin: auto 0 0; padding-top: 8px; font-size: 13px; color: var(--soft); min-height: 1.5em; font-variant-numeric: tabular-nums; }
.spark { width: 100%; height: 28px; display: block; overflow: visible; border-bottom: 1px solid var(--edge); }
.spark .line { fill: none; stroke: var(--good); stroke-width: 1.6; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.spark .area { fill: var(--good); opacity: 0.13; }
.bar { height: 7px; border-radius: 99px; background: var(--track); overflow: hidden; }
.card .bar { margin: 11px 0 10px; }
.bar span { display: block; height: 100%; width: 0; border-radius: 99px; background: var(--busy); transition: width 0.9s linear; }
.bar[data-full] span { background: var(--good); }
.bench { display: flex; align-items: center; justify-content: space-between; gap: 14px; margin-bottom: 10px; }
.count { color: var(--soft); font-weight: 500; margin-left: 4px; }
.aside { color: var(--soft); font-weight: 400; font-size: 13px; margin-left: 6px; }
.search input { font: inherit; font-size: 14px; color: var(--text); background: var(--sheet); border: 1px solid var(--edge); border-radius: 8px; padding: 6px 11px; width: 210px; max-width: 46vw; }
.search input::placeholder { color: var(--soft); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.sheet { background: var(--sheet); border: 1px solid var(--edge); border-radius: var(--round); overflow: hidden; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; padding: 9px 12px; }
th:first-child, td:first-child { padding-left: 18px; }
th:last-child, td:last-child { padding-right: 18px; }
thead th { font-weight: 550; color: var(--soft); font-size: 12.5px; border-bottom: 1px solid var(--edge); white-space: nowrap; }
thead button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
thead button:hover, th[aria-sort] button { color: var(--text); }
th[aria-sort="ascending"] button::after { content: " ↑"; }
th[aria-sort="descending"] button::after { content: " ↓"; }
tbody tr + tr td { border-top: 1px solid color-mix(in srgb, var(--edge) 65%, transparent); }
tbody tr:hover td { background: color-mix(in srgb, var(--text) 3%, transparent); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.zero { color: var(--soft); opacity: 0.75; }
.warn { color: var(--hold); font-weight: 620; }
.table-name { font-weight: 560; overflow-wrap: anywhere; }
.table-target { display: block; color: var(--soft); font-size: 12.5px; overflow-wrap: anywhere; }
.chip { display: inline-flex; align-items: center; gap: 7px; color: var(--tone); font-weight: 550; font-size: 13.5px; }
.chip .dot { width: 7px; height: 7px; }
.load { display: flex; align-items: center; gap: 10px; min-width: 150px; }
.load .bar { flex: 1; }
.load .share { width: 4ch; text-align: right; color: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; }
.load .left { color: var(--soft); font-size: 13px; white-space: nowrap; }
.empty { margin: 0; padding: 26px; text-align: center; color: var(--soft); }
.facts { margin: 10px 0 0; padding: 6px 0; }
.facts div { display: grid; grid-template-columns: 130px 1fr; gap: 14px; padding: 5px 18px; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; font-family: var(--mono); font-size: 13px; line-height: 1.65; overflow-wrap: anywhere; max-height: 9.9em; overflow-y: auto; }
footer { color: var(--soft); font-size: 13px; padding-top: 2px; padding-bottom: 34px; display: flex; gap: 4px 24px; justify-content: space-between; flex-wrap: wrap; }
footer p { margin: 0; }
footer a { color: inherit; }
footer code { font-family: var(--mono); font-size: 12.5px; background: var(--track); border-radius: 5px; padding: 1px 6px; overflow-wrap: anywhere; }
body[data-lost] main > :not(.lost) { opacity: 0.5; }
@media (max-width: 900px) { .cards { grid-template-columns: repeat(2, 1fr); } }
@media (max-width: 680px) {
  header, main, footer { padding-left: 16px; padding-right: 16px; }
  header { flex-wrap: wrap; gap: 10px; padding-top: 18px; }
  h1 { font-size: 21px; }
  .title { flex: 1 1 100%; }
  .state { margin-right: auto; }
  .cards { gap: 10px; }
  .card { padding: 12px 13px 10px; }
  .figure { font-size: 21px; }
  .steps { gap: 5px; }
  .steps li { font-size: 12px; }
  .sheet table, .sheet tbody, .sheet tr { display: block; }
  .sheet thead { display: none; }
  .sheet tbody tr { display: grid; grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); gap: 3px 14px; padding: 12px 14px; }
  .sheet tbody tr + tr { border-top: 1px solid var(--edge); }
  .sheet tbody td { display: block; border: 0 !important; padding: 0 !important; min-width: 0; }
  .sheet td:nth-child(2) { text-align: right; }
  .sheet td:nth-child(3) { grid-column: 1 / -1; padding: 5px 0 3px !important; }
  .sheet td.number { text-align: left; font-size: 13px; }
  .sheet td.number::before { content: attr(data-label) " "; color: var(--soft); }
  .facts div { grid-template-columns: 1fr; gap: 0; padding: 5px 14px; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
`;
