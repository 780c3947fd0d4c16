// The script of the status page: asks for /status each second and shows it. Plain JavaScript of the browser, inlined by page.ts.
// It writes text nodes only, never markup; it keeps two minutes of figures for the small lines.

/** The script, inlined into the page. Holds no backslash, no backtick and no closing script tag. */
export const pageScript = `
'use strict';
const askMs = 1000, pointsMax = 120;
const at = id => document.getElementById(id);
const tones = {prechecking: 'busy', preparing: 'busy', loading: 'busy', following: 'good', stopping: 'hold', stopped: 'still', failed: 'bad', done: 'good'};
const tableTones = {waiting: 'still', loading: 'busy', loaded: 'good', following: 'good', left: 'still', failed: 'bad'};
const lines = {lag: [], rows: [], bytes: []};
const rows = new Map();
let latest = null, lastAnswerMs = Date.now(), sort = {by: 'name', down: false};

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', {notation: 'compact', maximumFractionDigits: 1});
const count = n => n < 1e6 ? whole.format(Math.round(n)) : short.format(n);
function span(seconds) {
  const s = Math.round(seconds);
  if (seconds < 10 && seconds !== s) return seconds.toFixed(1) + ' s';
  if (s < 60) return s + ' s';
  if (s < 3600) return Math.floor(s / 60) + ' min ' + (s % 60) + ' s';
  if (s < 86400) return Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min';
  return Math.floor(s / 86400) + ' d ' + Math.floor(s % 86400 / 3600) + ' h';
}
function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
  return [n >= 100 || i === 0 ? Math.round(n) : n.toFixed(1), units[i]];
}
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
function put(element, text) { if (element.textContent !== text) element.textContent = text; }
function figure(id, value, unit) {
  const key = value + ' ' + (unit || '');
  const element = at(id);
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(value, ...(unit ? [make('small', '', unit)] : []));
}
function bar(element, share, over) {
  const percent = Math.floor(Math.min(1, share) * 100);
  element.firstElementChild.style.width = percent + '%';
  element.setAttribute('aria-valuenow', percent);
  element.toggleAttribute('data-full', over);
  return percent;
}
const isOver = table => ['loaded', 'following'].includes(table.state);
// An estimate may be too low: a table is at 100 % only when it says so itself.
const shareOf = table => isOver(table) ? 1 : table.rowsEstimated === 0 ? 0 : Math.min(0.99, table.rowsLoaded / table.rowsEstimated);

function show(status) {
  const held = status.holds.length > 0 && !['stopped', 'failed', 'done'].includes(status.state);
  const tone = held ? 'hold' : tones[status.state] || 'still';
  document.title = status.name + ': ' + status.state + ' · synctask';
  put(at('name'), status.name);
  put(at('environment'), status.environment);
  at('environment').hidden = status.environment === 'default';
  put(at('state-word'), held ? status.state + ', held' : status.state);
  at('state').dataset.tone = tone;
  at('state').toggleAttribute('data-alive', !held && ['busy', 'good'].includes(tone) && status.state !== 'done');
  for (const call of ['pause', 'resume', 'stop']) put(at(call + '-call'), 'synctask ' + call + ' ' + status.name);
  put(at('started'), 'Started ' + new Date(status.startedAt).toLocaleString() + ', up ' + span(Math.max(0, Date.now() - Date.parse(status.startedAt)) / 1000) + '.');
  showSteps(status, tone);
  showHolds(status.holds);
  showFindings(status);
  showFigures(status);
  showTables(status.tables);
  showPosition(status.position);
}

function showSteps(status, tone) {
  const steps = [...at('steps').children];
  const current = status.state === 'prechecking' ? 'precheck' : status.phase;
  const index = steps.findIndex(step => step.dataset.step === current);
  at('steps').dataset.tone = tone;
  steps.forEach((step, i) => {
    step.toggleAttribute('data-done', i < index || status.state === 'done');
    if (i === index && status.state !== 'done') step.setAttribute('aria-current', 'step');
    else step.removeAttribute('aria-current');
  });
}

function showHolds(holds) {
  const told = holds.map(({reason, ...details}) => {
    const more = Object.entries(details).map(([key, value]) => key + ' ' + value).join(', ');
    return more ? reason + ' (' + more + ')' : reason;
  });
  at('holds').hidden = told.length === 0;
  const key = told.join('; ');
  if (at('holds').dataset.key === key) return;
  at('holds').dataset.key = key;
  at('holds').replaceChildren(make('b', '', 'Held: '), key);
}

function findingLines(finding) {
  const where = [finding.object, finding.where].filter(part => part !== null).join(', ');
  const list = make('dl', 'lines');
  for (const [name, value] of [['where', where], ['cause', finding.cause], ['fix', finding.fix], ['more', finding.more]])
    if (value) list.append(make('dt', '', name), make('dd', '', value));
  const head = make('div');
  head.append(make('b', 'code', finding.severity + '[' + finding.code + ']'), ' ' + finding.title + (finding.id ? ' (' + finding.id + ')' : ''));
  return [head, list];
}

function showFindings(status) {
  const errorKey = JSON.stringify(status.error);
  if (at('error').dataset.key !== errorKey) {
    at('error').dataset.key = errorKey;
    at('error').hidden = status.error === null;
    at('error').replaceChildren(...(status.error ? findingLines(status.error) : []));
  }
  const key = JSON.stringify(status.findings);
  if (at('findings').dataset.key === key) return;
  at('findings').dataset.key = key;
  at('findings-section').hidden = status.findings.length === 0;
  put(at('finding-count'), String(status.findings.length));
  at('findings').replaceChildren(...status.findings.map(finding => {
    const box = make('div', 'finding');
    box.dataset.severity = finding.severity;
    box.append(...findingLines(finding));
    return box;
  }));
}

function showFigures(status) {
  const {rates, tables} = status;
  const sum = key => tables.reduce((total, table) => total + table[key], 0);
  const lag = status.lagSeconds === null ? null : span(status.lagSeconds);
  const catchUp = status.retention === null ? null : status.retention.catchUpSeconds;
  if (lag === null) figure('lag', '–');
  else figure('lag', lag);
  put(at('lag-note'), lag === null ? 'known once it follows' : status.lagSeconds === 0 ? 'caught up with the source' : catchUp > 0 ? span(catchUp) + ' to catch up at this rate' : 'source time minus applied time');
  const loaded = sum('rowsLoaded'), over = tables.length > 0 && tables.every(isOver);
  const weight = tables.reduce((total, table) => total + Math.max(1, table.rowsEstimated), 0);
  const share = weight === 0 ? 0 : tables.reduce((total, table) => total + shareOf(table) * Math.max(1, table.rowsEstimated), 0) / weight;
  figure('loaded', count(loaded), 'rows');
  const percent = bar(at('load-bar'), share, over);
  const eta = status.loadEtaSeconds === null ? '' : ', ' + span(status.loadEtaSeconds) + ' to go';
  put(at('load-note'), over ? 'complete' : percent + ' %' + (rates.rowsLoadedPerSecond > 0 ? ', ' + count(rates.rowsLoadedPerSecond) + ' rows/s' : '') + eta);
  figure('followed', count(sum('rowsFollowed')), 'rows');
  put(at('rows-note'), count(rates.rowsFollowedPerSecond) + ' rows/s');
  const [amount, unit] = bytes(rates.bytesReadPerSecond);
  figure('bytes', String(amount), unit + '/s');
  put(at('bytes-note'), 'over the last seconds');
  draw('lag', status.lagSeconds === null ? 0 : status.lagSeconds);
  draw('rows', rates.rowsFollowedPerSecond);
  draw('bytes', rates.bytesReadPerSecond);
}

function draw(name, value) {
  const points = lines[name];
  points.push(value);
  if (points.length > pointsMax) points.shift();
  if (points.length < 2) return;
  const top = Math.max(...points, 1e-9), step = 120 / (pointsMax - 1), left = 120 - (points.length - 1) * step;
  const path = points.map((point, i) => (i ? 'L' : 'M') + (left + i * step).toFixed(2) + ' ' + (26 - 24 * point / top).toFixed(2)).join('');
  const [area, line] = at(name + '-line').children;
  line.setAttribute('d', path);
  area.setAttribute('d', path + 'L120 28L' + left.toFixed(2) + ' 28Z');
}

function showTables(tables) {
  const wanted = at('filter').value.trim().toLowerCase();
  const nameOf = table => table.database + '.' + table.table;
  const shown = tables.filter(table => nameOf(table).toLowerCase().includes(wanted) || table.target.toLowerCase().includes(wanted));
  const keyOf = {name: nameOf, state: table => table.state, progress: shareOf}[sort.by] || (table => table[sort.by]);
  const order = (a, b) => keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : nameOf(a) < nameOf(b) ? -1 : 1;
  shown.sort(sort.down ? (a, b) => order(b, a) : order);
  put(at('table-count'), shown.length === tables.length ? String(tables.length) : shown.length + ' of ' + tables.length);
  at('empty').hidden = shown.length > 0;
  put(at('empty'), tables.length === 0 ? 'No tables yet.' : 'No table matches the filter.');
  const elements = shown.map(table => fillRow(nameOf(table), table));
  const body = at('tables');
  if (elements.length !== body.children.length || elements.some((element, i) => body.children[i] !== element)) body.replaceChildren(...elements);
}

function fillRow(name, table) {
  let row = rows.get(name);
  if (row === undefined) { row = makeRow(); rows.set(name, row); }
  put(row.name, name);
  put(row.target, '→ ' + table.target + '_base, …_log');
  row.chip.dataset.tone = table.isPaused ? 'still' : tableTones[table.state] || 'still';
  put(row.state, table.isPaused ? 'paused' : table.state);
  row.chip.title = table.lagSeconds === null ? '' : 'lag ' + span(table.lagSeconds);
  put(row.share, bar(row.bar, shareOf(table), isOver(table)) + '%');
  row.bar.setAttribute('aria-label', 'Full load of ' + name);
  const left = table.etaSeconds === null ? '' : span(table.etaSeconds) + ' to go';
  put(row.left, left);
  row.bar.parentElement.title = whole.format(table.rowsLoaded) + ' rows, about ' + whole.format(table.rowsEstimated) + ' in the source' + (table.state === 'loading' ? ', ' + whole.format(table.rowsPerSecond) + ' rows/s' : '');
  for (const key of ['rowsLoaded', 'rowsFollowed', 'rowsFiltered', 'rowsSetAside']) {
    put(row[key], whole.format(table[key]));
    row[key].classList.toggle('zero', table[key] === 0);
  }
  row.rowsSetAside.classList.toggle('warn', table.rowsSetAside > 0);
  return row.element;
}

function makeRow() {
  const row = {element: make('tr'), name: make('span', 'table-name'), target: make('span', 'table-target'), chip: make('span', 'chip'), state: make('span'), bar: make('div', 'bar'), share: make('span', 'share'), left: make('span', 'left')};
  const add = (className, ...children) => { const cell = make('td', className); cell.append(...children); row.element.append(cell); return cell; };
  row.chip.append(make('span', 'dot'), row.state);
  row.bar.append(make('span'));
  for (const [name, value] of [['role', 'progressbar'], ['aria-valuemin', '0'], ['aria-valuemax', '100']]) row.bar.setAttribute(name, value);
  const load = make('div', 'load');
  load.append(row.bar, row.share, row.left);
  add('', row.name, row.target);
  add('', row.chip);
  add('', load);
  for (const [key, label] of [['rowsLoaded', 'loaded'], ['rowsFollowed', 'followed'], ['rowsFiltered', 'filtered'], ['rowsSetAside', 'set aside']]) {
    row[key] = add('number');
    row[key].dataset.label = label;
  }
  return row;
}

function showPosition(position) {
  const key = JSON.stringify(position);
  if (at('position').dataset.key === key) return;
  at('position').dataset.key = key;
  const facts = position === null ? [['Position', 'none yet']] : [['GTID set', position.gtidSet || '–'], ['Binlog', position.file + ':' + position.offset], ['Server', position.serverUuid], ['Epoch', String(position.epoch)]];
  at('position').replaceChildren(...facts.map(([name, value]) => { const line = make('div'); line.append(make('dt', '', name), make('dd', '', value)); return line; }));
}

async function ask() {
  try {
    const answer = await fetch('/status', {cache: 'no-store', signal: AbortSignal.timeout(5000)});
    if (!answer.ok) throw new Error(String(answer.status));
    latest = await answer.json();
    lastAnswerMs = Date.now();
    show(latest);
    at('lost').hidden = true;
    document.body.removeAttribute('data-lost');
  } catch {
    at('lost').hidden = false;
    document.body.setAttribute('data-lost', '');
    put(at('lost'), 'The runtime has not answered for ' + span(Math.round((Date.now() - lastAnswerMs) / 1000)) + '. What you see is its last answer; this page asks on.');
  }
  setTimeout(ask, askMs);
}

at('filter').addEventListener('input', () => { if (latest) showTables(latest.tables); });
for (const button of document.querySelectorAll('[data-sort]')) button.addEventListener('click', () => {
  sort = {by: button.dataset.sort, down: sort.by === button.dataset.sort ? !sort.down : !['name', 'state'].includes(button.dataset.sort)};
  for (const other of document.querySelectorAll('th[aria-sort]')) other.removeAttribute('aria-sort');
  button.parentElement.setAttribute('aria-sort', sort.down ? 'descending' : 'ascending');
  if (latest) showTables(latest.tables);
});
function remembered() { try { return localStorage.getItem('synctask-theme'); } catch { return null; } }
const root = document.documentElement;
if (remembered()) root.dataset.theme = remembered();
at('theme').addEventListener('click', () => {
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  try { localStorage.setItem('synctask-theme', root.dataset.theme); } catch {}
});
void ask();
`;
