// What of an English page is Chinese and should not be. Names of people, places and bodies stay as
// they are, and so does what somebody wrote: it is marked as Chinese, or stands in a field. The
// rest speaks English; a sentence of the Chinese interface anywhere else has no business there.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { top } from './lib.mjs';

const SENTENCE = /^(?:"[^"]+"|\w+) = "(.*)"$/gm;
const LEAST = 4;
/** Tables that any file of messages may add to. */
const SHARED = ['refusal', 'problem', 'notice', 'act', 'left_empty'];

/** The sentences of the Chinese interface, without their blanks. */
function interfaceWords() {
  const folder = join(top, 'crates/linli/messages/zh');
  const files = readdirSync(folder);
  const said = files.flatMap((name) => (
    [...readFileSync(join(folder, name), 'utf8').matchAll(SENTENCE)]
  ));
  const process = readFileSync(join(top, 'crates/linli/src/affairs/appeal/process.toml'), 'utf8');
  said.push(...process.matchAll(/\bzh = "([^"]+)"/g));
  const letters = (text) => (text.match(/\p{Script=Han}/gu) || []).length;
  const pieces = said.flatMap(([, text]) => text.split(/\{\w+\}|\\n/)).map((text) => text.trim());
  return {
    concepts: [...SHARED, ...files.map((name) => name.replace('.toml', ''))],
    // A word is the interface's where it stands alone, a longer piece wherever it stands.
    words: [...new Set(pieces.filter((text) => letters(text) >= 2))],
    pieces: [...new Set(pieces.filter((text) => letters(text) >= LEAST))],
  };
}

/** Runs in a browser: what is wrong with a page that should be English. */
function faults(html) {
  const { words, pieces, concepts } = window.interfaceWords;
  const page = new DOMParser().parseFromString(html, 'text/html');
  const found = [];
  const { lang } = page.documentElement;
  if (lang !== 'en') found.push(`the page says it is in “${lang}”`);
  const spoken = [];
  const check = (text, holder, where) => {
    if (!holder.closest('code, .code, pre')) spoken.push(text);
    if (!/\p{Script=Han}/u.test(text)) return;
    const marked = holder.closest('[lang]');
    if (marked && marked.lang.startsWith('zh')) return;
    const ours = words.has(text) ? text : pieces.find((piece) => text.includes(piece));
    if (ours) found.push(`“${ours}” of the interface in ${where}: ${text}`);
    else if (/[。？！；]/.test(text)) found.push(`not marked as Chinese in ${where}: ${text}`);
  };
  const texts = document.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    const typed = parentElement.closest('script, style, textarea');
    if (!typed) check(data.trim(), parentElement, `<${parentElement.localName}>`);
  }
  const SPOKEN = ['aria-label', 'title', 'alt', 'placeholder', 'label'];
  const TOLD = ['data-confirm', 'data-busy', 'data-done', 'data-full', 'data-drop', 'data-remove'];
  for (const one of page.body.querySelectorAll('*')) {
    for (const name of [...SPOKEN, ...TOLD]) {
      if (one.hasAttribute(name)) check(one.getAttribute(name).trim(), one, `${name} of <${one.localName}>`);
    }
  }
  const key = new RegExp(`\\b(${concepts.join('|')})\\.[a-z_]+(\\.[a-z_]+)*\\b`, 'g');
  for (const text of spoken) {
    for (const [bare] of text.matchAll(key)) found.push(`no sentence for ${bare}`);
  }
  return found;
}

/** An ear for Chinese: gives what is Chinese, or a bare key, on a page that should be English. */
export async function earForChinese(browser) {
  const blank = await browser.newPage();
  const said = interfaceWords();
  if (said.pieces.length < 1000) throw new Error('the sentences of the interface were not found');
  await blank.evaluate((all) => {
    window.interfaceWords = { ...all, words: new Set(all.words) };
  }, said);
  return (html) => blank.evaluate(faults, html);
}
