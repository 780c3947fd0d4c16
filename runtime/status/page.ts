// The status page: one HTML text without anything from elsewhere. Its script polls /status and fills the elements named here.
// Texts of the task reach the page as text nodes only, so that no table name is ever markup.
import {pageScript} from './pageScript.ts';
import {pageStyle} from './pageStyle.ts';

/** The page of task `name`; `nonce` is the one that the answer's content security policy allows. */
export function renderPage(name: string, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(name)} · synctask</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<style nonce="${nonce}">${pageStyle}</style>
</head>
<body>
${body(escapeHtml(name))}
<script nonce="${nonce}">${pageScript}</script>
</body>
</html>
`;
}

const icon = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='9' fill='#0e8a72'/><path d='M8 12h13l-4-4M24 20H11l4 4' fill='none' stroke='#fff' stroke-width='2.6' stroke-linecap='round' stroke-linejoin='round'/></svg>`;

function body(name: string): string {
  return `<header>
  <div class="title">
    <h1 id="name">${name}</h1>
    <span class="tag" id="environment" hidden></span>
  </div>
  <p class="state" id="state" role="status"><span class="dot"></span><span id="state-word">connecting</span></p>
  <button type="button" id="theme" aria-label="Change between dark and light">◐</button>
</header>
<main>
  <p class="notice lost" id="lost" role="alert" hidden></p>
  <section class="notice error" id="error" aria-label="Error" hidden></section>
  <p class="notice hold" id="holds" hidden></p>
  <ol class="steps" id="steps" aria-label="Phases">
    <li data-step="precheck">Precheck</li>
    <li data-step="schema">Schema</li>
    <li data-step="full">Full load</li>
    <li data-step="incremental">Incremental</li>
  </ol>
${cards}
${tables}
  <section aria-labelledby="findings-title" id="findings-section" hidden>
    <h2 id="findings-title">Findings <span class="count" id="finding-count"></span></h2>
    <div id="findings"></div>
  </section>
  <section aria-labelledby="position-title">
    <h2 id="position-title">Position <span class="aside">every table is done up to here</span></h2>
    <dl class="sheet facts" id="position"><div><dt>Position</dt><dd>none yet</dd></div></dl>
  </section>
</main>
<footer>
  <p>Control it with <code id="pause-call">synctask pause</code>, <code id="resume-call">synctask resume</code>, <code id="stop-call">synctask stop</code>. For programs: <a href="/status">status as JSON</a>, <a href="/metrics">metrics</a>, <a href="/healthz">health</a>.</p>
  <p id="started"></p>
</footer>`;
}

const cards = `  <section class="cards" aria-label="Key figures">
    <div class="card">
      <h2>Lag</h2>
      <p class="figure" id="lag">–</p>
      <svg class="spark" id="lag-line" viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true"><path class="area"/><path class="line"/></svg>
      <p class="note" id="lag-note">source time minus applied time</p>
    </div>
    <div class="card">
      <h2>Full load</h2>
      <p class="figure" id="loaded">–</p>
      <div class="bar" id="load-bar" role="progressbar" aria-label="Full load" aria-valuemin="0" aria-valuemax="100"><span></span></div>
      <p class="note" id="load-note"></p>
    </div>
    <div class="card">
      <h2>Row changes followed</h2>
      <p class="figure" id="followed">–</p>
      <svg class="spark" id="rows-line" viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true"><path class="area"/><path class="line"/></svg>
      <p class="note" id="rows-note"></p>
    </div>
    <div class="card">
      <h2>Read from source</h2>
      <p class="figure" id="bytes">–</p>
      <svg class="spark" id="bytes-line" viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true"><path class="area"/><path class="line"/></svg>
      <p class="note" id="bytes-note"></p>
    </div>
  </section>`;

const tables = `  <section aria-labelledby="tables-title">
    <div class="bench">
      <h2 id="tables-title">Tables <span class="count" id="table-count"></span></h2>
      <label class="search"><span class="unseen">Show tables whose name contains</span>
        <input id="filter" type="search" placeholder="Filter tables" autocomplete="off" spellcheck="false"></label>
    </div>
    <div class="sheet">
      <table>
        <thead><tr>
          <th scope="col" aria-sort="ascending"><button type="button" data-sort="name">Table</button></th>
          <th scope="col"><button type="button" data-sort="state">State</button></th>
          <th scope="col"><button type="button" data-sort="progress">Full load</button></th>
          <th scope="col" class="number"><button type="button" data-sort="rowsLoaded">Loaded</button></th>
          <th scope="col" class="number"><button type="button" data-sort="rowsFollowed">Followed</button></th>
          <th scope="col" class="number"><button type="button" data-sort="rowsFiltered">Filtered</button></th>
          <th scope="col" class="number"><button type="button" data-sort="rowsSetAside">Set aside</button></th>
        </tr></thead>
        <tbody id="tables"></tbody>
      </table>
      <p class="empty" id="empty">No tables yet.</p>
    </div>
  </section>`;

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}
