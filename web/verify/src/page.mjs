// The page: takes a receipt by file, paste or address, and says in plain words what it proves.
import { ACTS } from './acts.mjs';
import { printKey } from './record.mjs';
import { Unreadable, verifyAnything } from './receipt.mjs';

const UNREADABLE = {
  not_json: ['这不是回执文件。', 'This is not a receipt.'],
  version: ['这份回执的版本较新，请换用新的核验页。', 'This receipt needs a newer verifying page.'],
  malformed: ['回执不完整或已损坏，请重新下载。', 'The receipt is incomplete or damaged; fetch it again.'],
  key: ['公钥抄写有误，请对照公告栏重新输入。', 'The public key is mistyped; compare it with the notice.'],
  pdf: [
    '这是 PDF。请选“下载回执文件”得到的文件，或扫 PDF 上的二维码。',
    'This is a PDF. Choose the file from “Download the receipt”, or scan the QR code on the PDF.',
  ],
  too_large: ['文件太大，不是回执。', 'The file is too large to be a receipt.'],
};

const CHECKS = [
  {
    title: ['签发单位', 'Who signed'],
    codes: ['key_unknown'],
    asked: (r) => r.known !== null,
    good: ['公钥与您输入的一致，确是本区签发。', 'The key is the one you gave: this district signed.'],
    absent: [
      '尚未核对公钥。请把下方公钥与公告栏上的对照，一致才是本区签发的。',
      'The key is not compared yet. Compare the key below with the one on the notice board.',
    ],
    bad: ['公钥与公告的不一致，不是本区签发的。', 'Another key was used: this district did not sign.'],
  },
  {
    title: ['受理承诺', 'Promise'],
    codes: ['promise_forged', 'no_proof'],
    asked: (r) => r.promise !== null || r.inclusion === null,
    good: ['签名有效：系统已承诺把这件事记入公开存证。', 'The signature is good: the record promised to keep this.'],
    absent: ['回执里没有承诺签名。', 'The receipt holds no promise.'],
    bad: ['签名无效，承诺是伪造的或被改过。', 'The signature is wrong: the promise was forged or changed.'],
  },
  {
    title: ['公开存证', 'Public record'],
    codes: ['checkpoint_forged', 'not_in_tree', 'leaf_unreadable', 'wrong_act'],
    asked: (r) => r.inclusion !== null || r.findings.includes('wrong_act'),
    good: ['这件事已在公开存证里，位置和签名都对得上。', 'The act is in the public record, at the place stated.'],
    absent: [
      '回执里还没有入册证明，可稍后重新下载。',
      'No proof of entry yet; download the receipt again later.',
    ],
    bad: ['对不上：公开存证里没有这一条，或证明被改过。', 'The record does not hold this, or the proof was changed.'],
  },
  {
    title: ['原话', 'Your words'],
    codes: ['row_not_recorded', 'row_differs'],
    asked: (r) => r.rows.length > 0,
    good: ['下面的内容与当时记录的一字不差。', 'What is shown below is exactly what was recorded.'],
    absent: ['回执里没有附原话。', 'The receipt does not carry the words.'],
    bad: ['下面的内容与当时记录的不一致，有人改过。', 'What is shown below differs from what was recorded.'],
  },
];

const SIGN = { good: '✓', bad: '✗', absent: '－' };

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

const both = ([zh, en]) => {
  const english = make('span', 'en', en);
  english.lang = 'en';
  return make('span', 'both', make('span', 'zh', zh), english);
};

function stateOf(check, result) {
  if (check.codes.some((code) => result.findings.includes(code))) return 'bad';
  return check.asked(result) ? 'good' : 'absent';
}

const moment = (micros) => new Date(Number(BigInt(micros) / 1000n)).toLocaleString('zh-CN');

function facts(result) {
  const list = make('dl', 'facts');
  const line = (name, value) => list.append(make('dt', '', both(name)), make('dd', '', value));
  line(['回执编号', 'Receipt number'], result.actId);
  if (result.act) {
    const { act, at } = result.act;
    const known = Object.prototype.hasOwnProperty.call(ACTS, act);
    line(['办的事', 'What was done'], known ? both(ACTS[act]) : act);
    line(['办理时间', 'When'], moment(at));
  }
  if (result.promise) line(['签发时间', 'Signed'], moment(result.promise.at));
  line(['存证名称', 'Name of the record'], result.origin);
  if (result.checkpoint) {
    const { index } = result.inclusion;
    const { size } = result.checkpoint;
    line(['位置', 'Place'], `${index + 1} / ${size}`);
  }
  line(['公钥', 'Public key'], make('code', '', printKey(result.origin, result.key)));
  return list;
}

function shown(field) {
  if ('text' in field) return field.text;
  if ('int' in field) return field.int;
  if ('blob' in field) return `${Math.floor((field.blob.length * 3) / 4)} bytes`;
  return '—';
}

// What people look for in a receipt; all else that was recorded is folded below it.
const TOLD = {
  words: ['反映的内容', 'What was said'],
  title: ['标题', 'Title'],
  address: ['地址', 'Address'],
  said: ['写下的话', 'Words'],
  answer: ['答复', 'Answer'],
  number: ['编号', 'Number'],
  opened_at: ['收到时间', 'Received'],
  answered_at: ['答复时间', 'Answered'],
  at: ['时间', 'Time'],
};

function readable(field) {
  const value = shown(field);
  const isTime = field.name === 'at' || field.name.endsWith('_at');
  if (!('int' in field)) return value;
  if (isTime) return moment(value);
  if (field.name.endsWith('_e7')) return (Number(value) / 1e7).toFixed(5);
  return value;
}

const filled = (field) => shown(field) !== '—' && shown(field) !== '';

function words(rows) {
  return rows.map((row) => {
    const [list, rest] = [make('dl', 'words'), make('dl', 'words')];
    for (const field of row.fields) {
      const told = TOLD[field.name];
      if (told && filled(field)) list.append(make('dt', '', both(told)), make('dd', '', readable(field)));
      else rest.append(make('dt', '', field.name), make('dd', '', readable(field)));
    }
    const all = make('summary', '', both(['其余记录的内容', 'The rest of what was recorded']));
    const name = make('p', 'row', `${row.table} ${row.id}`);
    return make('section', '', list, make('details', '', all, name, rest));
  });
}

const VERDICT = {
  good: ['回执有效', 'The receipt holds'],
  open: ['回执前后一致，只差核对公钥', 'The receipt agrees with itself; the key is still to compare'],
  bad: ['回执有问题，请保留原件并向居委会或监督委员会反映',
    'Something is wrong: keep the original and tell the supervision committee'],
};

function draw(target, result) {
  const states = CHECKS.map((check) => stateOf(check, result));
  const fine = result.known ? 'good' : 'open';
  const verdict = result.findings.length ? 'bad' : fine;
  const items = CHECKS.map((check, i) => make(
    'li', states[i],
    make('span', 'sign', SIGN[states[i]]), make('b', '', both(check.title)), both(check[states[i]]),
  ));
  fill(
    target,
    make('h2', verdict, both(VERDICT[verdict])),
    make('ul', 'checks', ...items), facts(result), ...words(result.rows),
  );
}

/** In place of what was there; `replaceChildren` is younger than the browsers we are kept to. */
function fill(target, ...parts) {
  target.textContent = '';
  target.append(...parts);
}

/** The way back to the district that offers the page; a copy kept on a phone has none. */
function wayHome() {
  if (!location.protocol.startsWith('http')) return;
  const english = make('span', '', 'Home');
  english.lang = 'en';
  const link = make('a', '', '返回首页 ', english);
  link.href = '/';
  fill(document.getElementById('home'), link);
}

function start() {
  wayHome();
  document.getElementById('form').hidden = false;
  const input = document.getElementById('receipt');
  const key = document.getElementById('key');
  const target = document.getElementById('result');
  const complain = (code) => {
    const sentence = UNREADABLE[code] || UNREADABLE.malformed;
    fill(target, make('h2', 'bad', both(sentence)));
  };
  const verify = () => {
    if (!input.value.trim()) return fill(target);
    try {
      return draw(target, verifyAnything(input.value, key.value));
    } catch (error) {
      return complain(error instanceof Unreadable ? error.message : 'malformed');
    }
  };
  const fromAddress = () => {
    if (location.hash.length > 1) input.value = location.hash;
    verify();
  };
  document.getElementById('file').addEventListener('change', async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    const isPdf = (await file.slice(0, 4).text()) === '%PDF';
    if (isPdf || file.size > 1_000_000) {
      input.value = '';
      complain(isPdf ? 'pdf' : 'too_large');
      return;
    }
    input.value = await file.text();
    verify();
  });
  document.getElementById('form').addEventListener('submit', (event) => {
    event.preventDefault();
    verify();
  });
  input.addEventListener('input', verify);
  key.addEventListener('input', verify);
  addEventListener('hashchange', fromAddress);
  fromAddress();
}

start();
