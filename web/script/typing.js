// Chinese is typed through an input method: Enter chooses a word there. It must never send a form
// or move the desk.
let composing = false;

/** True while a key belongs to the input method. Some browsers end the composition before they tell
 * of the Enter that ended it; they mark that key with the code 229. */
export const belongsToInputMethod = (event) =>
  event.isComposing || event.keyCode === 229 || composing;

export const guardComposition = () => {
  addEventListener('compositionstart', () => { composing = true; }, true);
  addEventListener('compositionend', () => { composing = false; }, true);
  addEventListener('focusout', () => { composing = false; }, true);
  addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && belongsToInputMethod(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
  addEventListener('submit', (event) => {
    if (composing) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
};
