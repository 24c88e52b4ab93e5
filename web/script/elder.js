// The large version (长辈版). The link or button [data-mode-switch] works without script by its own
// address; with script the page changes at once. The choice is kept in the cookie `linli_mode`,
// which the server reads, so the next page comes large from the start.
import { all } from './dom.js';

const html = document.documentElement;
const isElder = () => html.dataset.mode === 'elder';

const show = (button) => {
  button.setAttribute('aria-pressed', String(isElder()));
  const words = isElder() ? button.dataset.off : button.dataset.on;
  if (words) button.textContent = words;
};

const keep = (mode) => {
  const year = 365 * 24 * 3600;
  const safe = location.protocol === 'https:' ? ';Secure' : '';
  document.cookie = `linli_mode=${mode};Path=/;Max-Age=${year};SameSite=Lax${safe}`;
};

const read = (button) => {
  const voice = window.speechSynthesis;
  if (voice.speaking) {
    voice.cancel();
    button.setAttribute('aria-pressed', 'false');
    return;
  }
  const part = document.querySelector(button.dataset.read || 'main');
  const speech = new SpeechSynthesisUtterance(part ? part.innerText : '');
  speech.lang = html.lang || 'zh-CN';
  speech.rate = 0.9;
  speech.onend = () => button.setAttribute('aria-pressed', 'false');
  voice.speak(speech);
  button.setAttribute('aria-pressed', 'true');
};

export const elder = () => {
  for (const button of all('[data-mode-switch]')) {
    button.setAttribute('role', 'button');
    show(button);
    button.addEventListener('click', (event) => {
      event.preventDefault();
      html.dataset.mode = isElder() ? 'plain' : 'elder';
      keep(html.dataset.mode);
      all('[data-mode-switch]').forEach(show);
    });
    button.addEventListener('keydown', (event) => {
      if (event.key === ' ' && button.tagName === 'A') {
        event.preventDefault();
        button.click();
      }
    });
  }
  // Reading aloud is offered only where the device can do it.
  for (const button of all('[data-read]')) {
    button.hidden = !window.speechSynthesis;
    button.addEventListener('click', () => read(button));
  }
};
