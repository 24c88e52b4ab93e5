// 涂黑: areas of a photo are drawn with mouse, pen or finger. They stand as lines of numbers in a
// field beside it, which is what is sent: left, top, width and height, in percent.
import { all } from './dom.js';

const LEAST = 1;
const rounded = (share) => Math.round(share * 1000) / 10;
const within = (share) => Math.min(1, Math.max(0, share));

/** The lines that are areas, each with its place among all. */
function areasOf(text) {
  return text.split('\n')
    .map((line, at) => ({ at, numbers: line.split(/[\s,，、;；%％]+/).filter(Boolean).map(Number) }))
    .filter(({ numbers }) => numbers.length === 4 && numbers.every(Number.isFinite));
}

function show(stage, field) {
  all('.redact__area', stage).forEach((area) => area.remove());
  areasOf(field.value).forEach(({ at, numbers }, n) => {
    const area = document.createElement('button');
    area.type = 'button';
    area.className = 'redact__area';
    area.setAttribute('aria-label', `${stage.dataset.remove} ${n + 1}`);
    ['left', 'top', 'width', 'height'].forEach((side, of) => {
      area.style[side] = `${numbers[of]}%`;
    });
    area.addEventListener('click', () => {
      field.value = field.value.split('\n').filter((line, place) => place !== at).join('\n');
      show(stage, field);
      (stage.querySelector('.redact__area') || field).focus();
    });
    stage.append(area);
  });
}

/** Where the pointer is, as shares of the photo. */
function placeOf(event, stage) {
  const box = stage.getBoundingClientRect();
  const [right, down] = [event.clientX - box.left, event.clientY - box.top];
  return [within(right / box.width), within(down / box.height)];
}

function between([ax, ay], [bx, by]) {
  const [left, top] = [rounded(Math.min(ax, bx)), rounded(Math.min(ay, by))];
  const side = (from, a, b) => Math.min(rounded(Math.abs(a - b)), rounded(1 - from / 100));
  return [left, top, side(left, ax, bx), side(top, ay, by)];
}

function drawing(stage, field) {
  const shade = document.createElement('span');
  shade.className = 'redact__shade';
  let from = null;
  const drawn = (event) => between(from, placeOf(event, stage));
  stage.addEventListener('pointerdown', (event) => {
    if (event.button || event.target.closest('.redact__area')) return;
    event.preventDefault();
    from = placeOf(event, stage);
    stage.setPointerCapture(event.pointerId);
    stage.append(shade);
  });
  stage.addEventListener('pointermove', (event) => {
    if (!from) return;
    ['left', 'top', 'width', 'height'].forEach((side, of) => {
      shade.style[side] = `${drawn(event)[of]}%`;
    });
  });
  const end = (event, keep) => {
    if (!from) return;
    const area = drawn(event);
    from = null;
    shade.remove();
    shade.removeAttribute('style');
    if (!keep || area[2] < LEAST || area[3] < LEAST) return;
    const before = field.value.trim();
    field.value = `${before}${before ? '\n' : ''}${area.join(' ')}`;
    show(stage, field);
  };
  stage.addEventListener('pointerup', (event) => end(event, true));
  stage.addEventListener('pointercancel', (event) => end(event, false));
}

all('[data-redact]').forEach((stage) => {
  const field = document.getElementById(stage.dataset.redact);
  drawing(stage, field);
  field.addEventListener('input', () => show(stage, field));
  show(stage, field);
  all('[data-redact-hint]').forEach((hint) => { hint.hidden = false; });
});
