// Photos are made smaller on the phone before they travel: the longer side at most data-shrink
// pixels. Drawing them anew also leaves behind what the camera wrote into them (place, time,
// device). The server does the same again; what cannot be drawn here is sent as it is.
import { all, near, onNew, sentBy } from './dom.js';

const waiting = new Map();
// A camera gives one photo at a time, and a browser keeps only what was chosen last.
const held = new WeakMap();
const files = (input) => held.get(input) || [];

const draw = async (file, side) => {
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const part = Math.min(1, side / Math.max(image.width, image.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.width * part));
  canvas.height = Math.max(1, Math.round(image.height * part));
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const blob = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', 0.82); });
  if (!blob) throw new Error('the picture could not be written');
  return new File([blob], `${file.name.replace(/\.[^.]*$/, '')}.jpg`, { type: 'image/jpeg' });
};

const smaller = (file, side) =>
  file.type.startsWith('image/') && file.type !== 'image/gif'
    ? draw(file, side).catch(() => file)
    : Promise.resolve(file);

const say = (input, text) => {
  const place = document.getElementById(`${input.id}-busy`);
  if (place) place.textContent = text || '';
};

/** That something was left out is not to be overlooked. */
const warn = (input, text) => {
  const place = document.getElementById(`${input.id}-busy`);
  if (!place) return;
  const warning = document.createElement('strong');
  warning.className = 'busy-note__full';
  warning.textContent = text;
  place.append(' ', warning);
};

const tell = (input, left) => {
  const { done = '', full = '' } = input.dataset;
  const files = Array.from(input.files);
  const kb = Math.ceil(files.reduce((sum, file) => sum + file.size, 0) / 1024);
  const chosen = done.replace('{n}', String(files.length)).replace('{kb}', String(kb));
  say(input, files.length ? chosen : '');
  if (left) warn(input, full.replace('{n}', String(most(input))));
};

const preview = (input) => {
  const list = document.querySelector(input.dataset.preview || null);
  if (!list) return;
  for (const image of all('img', list)) URL.revokeObjectURL(image.src);
  list.textContent = '';
  for (const file of files(input)) {
    if (!file.type.startsWith('image/')) continue;
    const item = document.createElement('li');
    const image = document.createElement('img');
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    item.append(image);
    if (input.dataset.drop) item.append(dropper(input, file));
    list.append(item);
  }
};

/** What the form will send: an old browser can only send what was chosen last. */
const put = (input, list) => {
  try {
    const parcel = new DataTransfer();
    for (const file of list) parcel.items.add(file);
    input.files = parcel.files;
  } catch { /* the files stay as they were chosen */ }
  held.set(input, input.files.length === list.length ? list : Array.from(input.files));
  preview(input);
};

/** How many it may hold: those that came before and are crossed out make room. */
const most = (input) => {
  const said = Number.parseInt(input.dataset.most, 10);
  const group = input.closest('.govuk-form-group');
  const freed = group ? all('input[name=drop]:checked', group).length : 0;
  return Number.isNaN(said) ? Infinity : said + freed;
};

/** Adds what was chosen to what the input holds; what is over the most is left out, and said. */
const add = async (input, chosen) => {
  say(input, input.dataset.busy);
  const side = Number(input.dataset.shrink) || 1600;
  const room = most(input) - files(input).length;
  const list = files(input).slice();
  // One after another: a phone has little memory.
  for (const file of chosen.slice(0, Math.max(0, room))) list.push(await smaller(file, side));
  put(input, list);
  tell(input, chosen.length > room);
};

/** Work on one input goes in turn, and a form that is sent waits for it. */
const inTurn = (input, work) => {
  const done = (waiting.get(input) || Promise.resolve()).then(work);
  waiting.set(input, done);
  done.finally(() => { if (waiting.get(input) === done) waiting.delete(input); });
};

const dropper = (input, file) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'link-button';
  button.textContent = input.dataset.drop;
  button.setAttribute('aria-label', `${input.dataset.drop} ${file.name}`);
  button.addEventListener('click', () => inTurn(input, () => {
    put(input, files(input).filter((one) => one !== file));
    tell(input, false);
    input.focus();
  }));
  return button;
};

export const shrinkPhotos = () => {
  onNew((root) => all('input[type=file][data-shrink]', root).forEach((input) => {
    input.addEventListener('change', () => {
      const chosen = Array.from(input.files);
      inTurn(input, () => add(input, chosen));
    });
  }));
  // A form sent while a photo is still being drawn waits for it, then goes by the same button.
  addEventListener('submit', (event) => {
    const form = near(event, 'form');
    const open = all('input[type=file][data-shrink]', form || document)
      .map((input) => waiting.get(input)).filter(Boolean);
    if (!form || !open.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = sentBy(event) || undefined;
    Promise.all(open).then(() => {
      if (form.requestSubmit) form.requestSubmit(button);
      else form.submit();
    });
  }, true);
};
