// Photos are made smaller on the phone before they travel: the longer side at most data-shrink
// pixels. Drawing them anew also leaves behind what the camera wrote into them (place, time,
// device). The server does the same again; what cannot be drawn here is sent as it is.
import { all, near, onNew } from './dom.js';

const waiting = new Map();

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

const preview = (input, files) => {
  const list = document.querySelector(input.dataset.preview || null);
  if (!list) return;
  for (const image of all('img', list)) URL.revokeObjectURL(image.src);
  list.textContent = '';
  for (const file of files) {
    if (!file.type.startsWith('image/')) continue;
    const item = document.createElement('li');
    const image = document.createElement('img');
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    item.append(image);
    list.append(item);
  }
};

const say = (input, text) => {
  const place = document.getElementById(`${input.id}-busy`);
  if (place) place.textContent = text || '';
};

const chosen = async (input) => {
  say(input, input.dataset.busy);
  const side = Number(input.dataset.shrink) || 1600;
  const before = Array.from(input.files);
  const after = [];
  // One after another: a phone has little memory.
  for (const file of before) after.push(await smaller(file, side));
  try {
    const parcel = new DataTransfer();
    for (const file of after) parcel.items.add(file);
    input.files = parcel.files;
  } catch { /* an old browser keeps the files as they were chosen */ }
  preview(input, Array.from(input.files));
  const bytes = Array.from(input.files).reduce((sum, file) => sum + file.size, 0);
  const done = input.dataset.done || '';
  say(input, done.replace('{n}', String(input.files.length)).replace('{kb}', String(Math.ceil(bytes / 1024))));
};

export const shrinkPhotos = () => {
  onNew((root) => all('input[type=file][data-shrink]', root).forEach((input) => {
    input.addEventListener('change', () => {
      const work = chosen(input).finally(() => waiting.delete(input));
      waiting.set(input, work);
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
    const button = event.submitter || undefined;
    Promise.all(open).then(() => {
      if (form.requestSubmit) form.requestSubmit(button);
      else form.submit();
    });
  }, true);
};
