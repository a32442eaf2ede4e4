// The playground's page. It asks the injector what becomes of a text while somebody types, and shows the answer. Whatever comes from a text, a link or the injector is
// put into the page as text; nothing here makes markup.

const $ = id => document.getElementById(id);
const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));

/** An element with attributes (or event handlers, by on…) and children; texts become text nodes. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter(c => c !== null && c !== undefined).map(c => c instanceof Node ? c : String(c)));
  return element;
}

function write(element, text) {
  // A live region that is written again is read out again.
  if (element.textContent !== text) element.textContent = text;
}

// ---- what is known ------------------------------------------------------------------------------------------------------------------------------------------------

const fields = ['workload', 'namespace', 'revision', 'cluster', 'network', 'labels', 'annotations'];
const originals = new Map();
const edits = new Map();
let bundle = null;
/** Who asked for the bundle, and of which cluster: nobody if it is to be read. And who was refused, which counts as an attempt and is not tried again. */
let bundleOf = '';
let refused = '';
/** Edited files that the bundle has changed meanwhile. */
const overtaken = new Set();
let token = sessionStorage.getItem('token') ?? '';
let answer = null;
let chosen = 0;

// ---- asking the injector ------------------------------------------------------------------------------------------------------------------------------------------

class Unauthorized extends Error {}

async function ask(what, body) {
  const by = asker();
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`playground/${what}${facts()}`, { method: 'POST', headers, body: JSON.stringify(body), cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(40000) });
    if (response.ok) return response.json();
    if (response.status === 401) throw Object.assign(new Unauthorized(), { by });
    // Busy, or without a bundle for now: it says itself that one may come again.
    if (![429, 503].includes(response.status) || attempt === 5) throw Object.assign(new Error((await response.text()).trim() || `The injector answered ${response.status}.`), { status: response.status });
    await wait(1000);
  }
}

/** Cluster and network go the way they go for the webhook: in the path. */
function facts() {
  const part = (key, value) => value ? `/${key}/${encodeURIComponent(value.replaceAll('/', '--slash--'))}` : '';
  return part('cluster', $('cluster').value.trim()) + part('net', $('network').value.trim());
}

/** Lines of KEY=VALUE; null if there are none. Lines that are something else are noted. */
function pairs(id, mistakes) {
  const lines = $(id).value.split('\n').map(l => l.trim()).filter(l => l);
  for (const line of lines.filter(l => l.indexOf('=') < 1)) mistakes.push(`${$(id).labels[0].textContent}: expected KEY=VALUE, found '${line}'`);
  return lines.length ? Object.fromEntries(lines.filter(l => l.indexOf('=') > 0).map(l => [l.slice(0, l.indexOf('=')).trim(), l.slice(l.indexOf('=') + 1).trim()])) : null;
}

/** The cluster decides which parts of the bundle are to be seen, and the caller which clusters. */
const asker = () => JSON.stringify([token, $('cluster').value.trim()]);

async function loadBundle() {
  const by = asker();
  try {
    bundle = await ask('bundle', {});
    bundleOf = by;
    const before = new Map(originals);
    originals.clear();
    for (const { path, text } of bundle.files) originals.set(path, unix(text));
    for (const path of edits.keys()) if (before.has(path) && originals.has(path) && before.get(path) !== originals.get(path)) overtaken.add(path);
    write($('bundle'), `Bundle ${bundle.source}, version ${bundle.version.slice(0, 12)}. Nothing here is created or changed anywhere.`);
    fill($('sample'), ['', ...bundle.samples.map(s => s.path)], s => s || 'choose one…');
    $('revisions').replaceChildren(...bundle.revisions.map(r => h('option', { value: r })));
    showFiles();
    access(false);
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}

/** As a text area has it. */
const unix = text => text.replace(/\r\n?/g, '\n');

/** The edits that count: another cluster's, or another bundle's, are kept for when they come to be seen again. */
const counted = () => [...edits].filter(([path]) => originals.has(path));

function fill(select, values, label = v => v) {
  const before = select.value;
  select.replaceChildren(...values.map(v => h('option', { value: v }, label(v))));
  if (values.includes(before)) select.value = before;
}

/** Shows that a token is needed, or was refused. */
function access(isNeeded) {
  $('access').hidden = !isNeeded && !token;
  write($('access-reason'), !token ? 'The injector asks who calls. The token is kept in this tab until you close it, and is part of no link.'
    : isNeeded ? 'The injector did not accept this token.' : 'The injector has accepted the token, which is kept in this tab until you close it, and is part of no link.');
}

function stale(isStale) {
  document.querySelector('[role=tablist]').parentElement.classList.toggle('stale', isStale);
}

function failed(error) {
  if (error instanceof Unauthorized) {
    refused = error.by ?? refused;
    access(true);
  }
  stale(answer !== null);
  verdict(error instanceof Unauthorized ? 'The injector wants to know who calls: enter a token.' : `${error.message}`, 'bad');
}

let isRunning = false;
let isOutdated = false;
let timer = 0;

function changed() {
  linkProblem = '';
  clearTimeout(timer);
  timer = setTimeout(preview, 300);
}

/** One at a time: the injector would go on with what nobody waits for any more, and takes few at once. */
async function preview() {
  clearTimeout(timer);
  isOutdated = true;
  if (isRunning) return;
  isRunning = true;
  document.body.dataset.state = 'busy';
  $('result').setAttribute('aria-busy', 'true');
  let isReloaded = false;
  // The injector has another bundle by now. Once: two instances may have two.
  const again = () => { [isReloaded, isOutdated, bundleOf] = [true, true, '']; };
  while (isOutdated) {
    isOutdated = false;
    try {
      await writeLink();
      if (refused === asker()) throw new Unauthorized();
      if (bundleOf !== asker() && !await loadBundle()) continue;
      const version = await show();
      if (version !== bundle.version && !isReloaded) again();
    } catch (error) {
      if (isOutdated) continue;
      // Perhaps the bundle has no longer what was edited.
      if (error.status === 400 && counted().length > 0 && !isReloaded) again();
      else failed(error);
    }
  }
  isRunning = false;
  document.body.dataset.state = 'idle';
  $('result').setAttribute('aria-busy', 'false');
}

/** Shows what becomes of what is entered, and returns the version of the bundle that said so. */
async function show() {
  const mistakes = linkProblem ? [linkProblem] : [];
  const asked = {
    workload: $('workload').value,
    namespace: $('namespace').value.trim(),
    revision: $('revision').value.trim(),
    namespaceLabels: pairs('labels', mistakes),
    namespaceAnnotations: pairs('annotations', mistakes),
    files: Object.fromEntries(counted()),
  };
  for (const path of edits.keys()) {
    if (!originals.has(path)) mistakes.push(`${path}: the bundle has no such file for this cluster; your change of it is kept, and does not count.`);
    else if (overtaken.has(path)) mistakes.push(`${path}: the bundle has changed this file since you did; undo your changes to get it as it is.`);
  }
  $('where-problems').replaceChildren(...mistakes.map(m => h('li', {}, m)));
  if (!asked.workload.trim() && counted().length === 0) {
    answer = null;
    stale(false);
    problems([]);
    verdict('Paste a pod or a workload, or start from a sample.', '');
    render();
    return bundle.version;
  }
  const got = await ask('preview', asked);
  if (isOutdated) return got.bundle;
  problems([...got.problems, ...got.items.map(i => i.problem).filter(p => p)]);
  if (got.items.length === 0) {
    verdict(`${summary(got.problems)}${answer ? ' What is shown below is the last result.' : ''}`, 'bad');
    stale(answer !== null);
    return got.bundle;
  }
  stale(false);
  answer = got;
  chosen = Math.min(chosen, got.items.length - 1);
  render();
  return got.bundle;
}

function summary(list) {
  const [first] = list;
  const place = first.line > 0 ? ` line ${first.line}` : '';
  return `${first.file === 'workload' ? 'The text' : first.file}${place}: ${first.message}${list.length > 1 ? `, and ${list.length - 1} more` : ''}.`;
}

function verdict(text, kind) {
  write($('verdict'), text);
  $('verdict').className = kind;
}

// ---- editors: line numbers, and mistakes at their line ----------------------------------------------------------------------------------------------------------------

function gutter(area, wrong) {
  const lines = area.value.split('\n').length;
  const element = area.previousElementSibling;
  if (wrong !== undefined) element.wrong = wrong;
  const at = element.wrong ?? new Set();
  // A text of very many lines has its numbers as one text: an element each would take seconds.
  if (lines > 5000) element.textContent = Array.from({ length: lines }, (_, i) => i + 1).join('\n');
  else element.replaceChildren(...Array.from({ length: lines }, (_, i) => h('span', { class: at.has(i + 1) && 'wrong' }, i + 1)));
  element.scrollTop = area.scrollTop;
}

function goTo(area, line, column) {
  const lines = area.value.split('\n').slice(0, line - 1);
  const offset = lines.reduce((n, l) => n + l.length + 1, 0) + Math.max(0, column - 1);
  area.focus();
  area.setSelectionRange(offset, offset);
  area.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(area).lineHeight));
}

let latest = [];

function problems(list) {
  latest = list;
  mark($('workload'), list.filter(p => p.file === 'workload'), p => goTo($('workload'), p.line, p.column));
  mark($('content'), list.filter(p => p.file !== 'workload'), p => {
    const path = p.file.split('#')[0];
    if (!originals.has(path)) return;
    $('file').value = path;
    showFile();
    if (p.file === path && p.line > 0) goTo($('content'), p.line, p.column);
  });
}

function mark(area, list, go) {
  const own = list.filter(p => p.file === 'workload' || p.file === $('file').value);
  // What ends too early is reported behind the last line.
  const last = area.value.split('\n').length;
  gutter(area, new Set(own.map(p => Math.min(p.line, last))));
  area.setAttribute('aria-invalid', String(own.length > 0));
  const texts = list.map(p => `${p.file === 'workload' ? 'Line' : `${p.file}, line`} ${p.line}, column ${p.column}: ${p.message}`.replace(/^Line 0, column 0: |, line 0, column 0(?=:)/, ''));
  const element = $(`${area.id}-problems`);
  if ([...element.children].map(c => c.textContent).join('\n') !== texts.join('\n'))
    element.replaceChildren(...list.map((p, i) => h('li', {}, p.line > 0 || p.file !== 'workload' ? h('button', { type: 'button', onclick: () => go(p) }, texts[i]) : texts[i])));
}

function showFiles() {
  const shown = $('file').value;
  fill($('file'), [...originals.keys()], p => edits.has(p) ? `${p} (changed)` : p);
  if (!originals.has(shown)) $('file').value = counted()[0]?.[0] ?? [...originals.keys()].find(p => p.startsWith('templates/') && !p.includes('partials')) ?? '';
  showFile();
}

function showFile() {
  const path = $('file').value;
  const text = edits.get(path) ?? originals.get(path) ?? '';
  if ($('content').value !== text) $('content').value = text;
  $('restore').disabled = !edits.has(path);
  problems(latest);
}

function editFile() {
  const path = $('file').value;
  if (!originals.has(path)) return;
  if ($('content').value === originals.get(path)) {
    edits.delete(path);
    overtaken.delete(path);
  } else edits.set(path, $('content').value);
  $('restore').disabled = !edits.has(path);
  const option = $('file').selectedOptions[0];
  write(option, edits.has(path) ? `${path} (changed)` : path);
  gutter($('content'));
  changed();
}

// ---- the result -----------------------------------------------------------------------------------------------------------------------------------------------------

function render() {
  const items = answer?.items ?? [];
  $('object-row').hidden = items.length < 2;
  $('object').replaceChildren(...items.map((i, at) => h('option', { value: at }, `${title(i.explanation)} (line ${i.line})`)));
  $('object').value = String(chosen);
  const item = items[chosen];
  for (const [id, part] of Object.entries({ decision, overlay, injected, difference, command })) $(id).replaceChildren(...(item ? part(item, item.explanation) : []));
  if (item && !document.querySelector('.stale')) verdict(`${title(item.explanation)}: ${item.explanation.because}`, { Injected: 'good', Refused: 'bad' }[item.explanation.verdict] ?? '');
}

const title = e => `${e.object.kind} ${e.object.namespace}/${e.object.name}`;

const shown = value => value === null || value === undefined ? 'absent' : typeof value === 'string' ? value : JSON.stringify(value);

function table(head, rows) {
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': head.join(', ') },
    h('table', {}, h('thead', {}, h('tr', {}, head.map(c => h('th', { scope: 'col' }, c)))), h('tbody', {}, rows.map(r => h('tr', {}, r.map(c => h('td', {}, c)))))));
}

const answerOf = word => h('span', { class: { Yes: 'yes', No: 'no', Inject: 'yes', Skip: 'no', Honoured: 'yes', Invalid: 'no' }[word] }, word);

function decision(item, e) {
  return [
    e.injectedBefore && h('p', {}, `It has been injected before, by the revision ${e.injectedBefore}.`),
    ...e.findings.map(f => h('div', { class: 'finding' }, h('strong', {}, f.code), h('p', {}, f.message), h('p', {}, f.advice))),
    ...e.injector.warnings.map(w => h('p', { class: 'finding' }, w)),
    h('h3', {}, 'Does the API server send it to the injector? ', answerOf(e.webhook.isCalled)),
    h('p', {}, e.webhook.because),
    table(['Entry', 'Matches', 'Expressions'], e.webhook.entries.map(w => [`${w.configuration} / ${w.entry}`, answerOf(w.matches),
      w.expressions.map(x => h('div', {}, `${x.of} ${x.expression}: ${shown(x.found)} `, answerOf(x.holds)))])),
    h('h3', {}, `What does the injector say? ${e.injector.result}`),
    h('p', {}, e.injector.message ?? e.injector.because),
    table(['Rule', 'Found', 'Outcome'], e.injector.rules.map(r => [r.question, shown(r.found), answerOf(r.outcome)])),
    e.templates.length > 0 && h('h3', {}, 'Templates'),
    e.templates.length > 0 && table(['Template', 'Chosen by'], e.templates.map(t => [t.name, t.chosenBy])),
    e.annotations.length > 0 && h('h3', {}, 'Annotations and labels'),
    e.annotations.length > 0 && table(['Name', 'Value', 'Use', 'Why'], e.annotations.map(a => [`${a.kind} ${a.name}`, a.value, answerOf(a.use), a.because])),
    e.values.length > 0 && h('h3', {}, 'Values that the templates read'),
    e.values.length > 0 && table(['Value', 'Is', 'From'], e.values.map(v => [v.path, shown(v.value), v.from])),
    h('p', { class: 'quiet' }, `Bundle ${e.bundle.slice(0, 12)}, revision ${e.revision}${e.cluster ? `, cluster ${e.cluster}` : ''}`),
  ].filter(c => c);
}

function code(text, label) {
  return h('pre', { tabindex: '0', role: 'region', 'aria-label': label }, text);
}

function overlay(item, e) {
  if (e.templates.length === 0) return [h('p', {}, 'No template is rendered.')];
  return e.templates.flatMap(t => [h('h3', {}, t.name), t.overlay === null ? h('p', {}, 'It was not reached.') : code(t.overlay, `What ${t.name} rendered`)]);
}

function injected(item, e) {
  return [e.injector.result !== 'Injected' && h('p', {}, 'It stays as it is.'), e.injector.result === 'Injected' && e.verdict !== 'Injected' && h('p', {}, 'If it were injected:'),
    h('p', {}, h('button', { type: 'button', onclick: () => copy(item.after) }, 'Copy')), code(item.after, 'The workload')].filter(c => c);
}

const context = 3;

function difference(item) {
  if (item.rows === null) return [h('p', {}, 'The texts are too long to compare.')];
  if (item.before === item.after) return [h('p', {}, 'There is no difference.')];
  const body = h('tbody');
  const rows = item.rows;
  const near = rows.map(([o, n]) => o !== n);
  const isShown = rows.map((_, i) => near.slice(Math.max(0, i - context), i + context + 1).some(c => c));
  for (let i = 0; i < rows.length;) {
    let end = i;
    while (end < rows.length && isShown[end] === isShown[i]) end++;
    body.append(...(isShown[i] ? rows.slice(i, end).map(row) : [folded(rows.slice(i, end))]));
    i = end;
  }
  return [h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Difference, side by side' },
    h('table', { class: 'difference' }, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'As it comes'), h('th', { scope: 'col' }, 'Injected'))), body))];
}

function row([o, n]) {
  const isChange = o !== n;
  // Colour alone says nothing to some: hence the signs.
  const cell = (text, kind, sign) => h('td', { class: isChange && text !== null && kind }, text === null ? '' : `${isChange ? sign : ' '} ${text}`);
  return h('tr', {}, cell(o, 'removed', '-'), cell(n, 'added', '+'));
}

function folded(rows) {
  const line = h('tr', {}, h('td', { colspan: '2' }, h('button', { type: 'button', onclick: () => line.replaceWith(...rows.map(row)) }, `Show ${rows.length} unchanged lines`)));
  return line;
}

// ---- commands and links ---------------------------------------------------------------------------------------------------------------------------------------------

const quote = text => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A here document, whose last word is no line of the text. */
function heredoc(command, text) {
  let word = 'END';
  while (text.split('\n').includes(word)) word += '_';
  return `${command} <<'${word}'\n${text.replace(/\n?$/, '\n')}${word}\n`;
}

function injectorCommand(item) {
  const value = id => $(id).value.trim();
  const isEmbedded = bundle.source.endsWith('(embedded)');
  const option = (name, text) => text ? ` ${name} ${quote(text)}` : '';
  const labels = Object.entries(pairs('labels', []) ?? {}).map(([k, v]) => `${k}=${v}`).join(',');
  let lines = '';
  const [changes, source] = [counted(), bundle.source.replace(/ \(copy on disk\)$/, '')];
  if (changes.length > 0) lines += `injector bundle pull ${isEmbedded ? "''" : quote(source)} -o edited-bundle\n`;
  for (const [path, text] of changes) lines += heredoc(`cat > ${quote(`edited-bundle/${path}`)}`, text);
  const from = changes.length > 0 ? 'edited-bundle' : isEmbedded ? '' : source;
  return lines + heredoc(`injector explain -f -${option('--bundle', from)}${option('-n', value('namespace'))}${item.labelsOf === 'text' ? '' : ` --namespace-labels ${quote(labels) || "''"}`}`
    + `${option('--cluster', item.explanation.cluster)}${option('--network', value('network'))}${option('-r', value('revision') || bundle.revision)}`, $('workload').value);
}

function kubectlCommand() {
  const space = $('namespace').value.trim();
  return heredoc(`kubectl create --dry-run=server -o yaml${space ? ` -n ${quote(space)}` : ''} -f -`, $('workload').value);
}

function command(item) {
  const [own, cluster] = [injectorCommand(item), kubectlCommand()];
  const one = (label, note, text) => [h('h3', {}, label), h('p', {}, note), h('p', {}, h('button', { type: 'button', onclick: () => copy(text) }, `Copy the ${label} command`)), code(text, label)];
  return [...one('injector', 'Says the same on the command line, with no server; annotations of the namespace stand in the bundle there.', own),
    ...one('kubectl', 'Asks a real cluster, whose webhooks then decide; nothing is created.', cluster)];
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    write($('copied'), 'Copied.');
  } catch {
    write($('copied'), 'The browser does not let this page copy; select the text and copy it yourself.');
  }
  setTimeout(() => write($('copied'), ''), 4000);
}

const prefix = '#v1.';
const largestState = 4 * 1024 * 1024;

async function pass(bytes, transform) {
  const reader = new Blob([bytes]).stream().pipeThrough(transform).getReader();
  const chunks = [];
  for (let size = 0, part; !(part = await reader.read()).done;) {
    chunks.push(part.value);
    // A short link can stand for an endless text.
    if ((size += part.value.length) > largestState) throw new Error('it is too large');
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function linkOf(state) {
  const bytes = await pass(new TextEncoder().encode(JSON.stringify(state)), new CompressionStream('deflate-raw'));
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return prefix + btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

async function stateOf(link) {
  const bytes = Uint8Array.from(atob(link.slice(prefix.length).replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(await pass(bytes, new DecompressionStream('deflate-raw'))));
}

/** All that was entered, and not the token. */
const state = () => ({ ...Object.fromEntries(fields.map(f => [f, $(f).value]).filter(([, v]) => v)), files: Object.fromEntries(edits) });

let ownLink = '';
let linkProblem = '';

async function writeLink() {
  const link = await linkOf(state());
  ownLink = link;
  // Browsers refuse longer addresses; the button says so.
  if (link.length < 1_000_000) history.replaceState(null, '', link);
}

async function readLink() {
  if (!location.hash.startsWith(prefix) || location.hash === ownLink) return false;
  linkProblem = '';
  try {
    const read = await stateOf(location.hash);
    for (const f of fields) $(f).value = typeof read?.[f] === 'string' ? read[f] : '';
    edits.clear();
    for (const [path, text] of Object.entries(read?.files ?? {})) if (typeof text === 'string') edits.set(path, unix(text));
    return true;
  } catch (error) {
    linkProblem = `The link cannot be read: ${error.message}`;
    return false;
  }
}

// ---- the page -------------------------------------------------------------------------------------------------------------------------------------------------------

function selectTab(tab, focus) {
  for (const other of document.querySelectorAll('[role=tab]')) {
    other.setAttribute('aria-selected', String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
    $(other.getAttribute('aria-controls')).hidden = other !== tab;
  }
  if (focus) tab.focus();
}

function tabKey(event) {
  const tabs = [...document.querySelectorAll('[role=tab]')];
  const at = tabs.indexOf(event.target);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  selectTab(tabs[(to + tabs.length) % tabs.length], true);
}

async function useToken(value) {
  token = value;
  if (token) sessionStorage.setItem('token', token);
  else sessionStorage.removeItem('token');
  $('token').value = '';
  refused = '';
  if (!token) {
    [bundle, bundleOf, answer] = [null, '', null];
    originals.clear();
    showFiles();
    render();
  }
  await preview();
}

function loadSample() {
  const sample = bundle?.samples.find(s => s.path === $('sample').value);
  if (!sample) return;
  $('workload').value = sample.text;
  if (!$('labels').value) $('labels').value = 'istio-injection=enabled';
  gutter($('workload'), new Set());
  preview();
}

function listen() {
  for (const f of fields) $(f).addEventListener('input', () => {
    if (f === 'workload') gutter($('workload'));
    changed();
  });
  for (const area of [$('workload'), $('content')]) area.addEventListener('scroll', () => { area.previousElementSibling.scrollTop = area.scrollTop; });
  $('sample').addEventListener('change', loadSample);
  $('file').addEventListener('change', showFile);
  $('content').addEventListener('input', editFile);
  $('restore').addEventListener('click', () => { $('content').value = originals.get($('file').value); editFile(); $('content').focus(); });
  $('object').addEventListener('change', () => { chosen = Number($('object').value); render(); });
  $('access-form').addEventListener('submit', event => { event.preventDefault(); useToken($('token').value.trim()); });
  $('forget').addEventListener('click', () => useToken(''));
  $('copy-link').addEventListener('click', async () => { await writeLink(); await copy(new URL(ownLink, location.href).href); });
  $('skip').addEventListener('click', event => { event.preventDefault(); $('result').focus(); });
  for (const tab of document.querySelectorAll('[role=tab]')) {
    tab.addEventListener('click', () => selectTab(tab));
    tab.addEventListener('keydown', tabKey);
  }
  window.addEventListener('hashchange', async () => { if (await readLink() || linkProblem) start(); });
}

async function start() {
  gutter($('workload'), new Set());
  if (originals.size > 0) showFiles();
  await preview();
}

listen();
await readLink();
await start();
