import { text } from "./strings.js";

const LONGEST = 140; // characters of the answer

/** Tells of an answer that is done while nobody looks, to whoever wants that and has allowed it. */
export class Alerts {
  #preferences;

  constructor(preferences) {
    this.#preferences = preferences;
  }

  /** The answer of the conversation of this title is done; `open()` shows it, if it is not shown. */
  done(title, words, open = () => {}) {
    if (!document.hidden || !this.#preferences.values.notify || !isAllowed()) return;
    const body = words.length > LONGEST ? `${words.slice(0, LONGEST).trimEnd()}…` : words;
    const icon = document.querySelector("link[rel=apple-touch-icon]").href;
    try {
      const alert = new Notification(text("alert_done", { title }), { body, icon, tag: title });
      alert.addEventListener("click", () => {
        focus();
        open();
        alert.close();
      });
    } catch {
      // Some phones take notifications from service workers only; the tab's title tells there.
    }
  }
}

/** Ask the browser's leave, from a click of the person. True if it is given. */
export async function mayAlert() {
  if (!("Notification" in globalThis)) return false;
  return isAllowed() || (await Notification.requestPermission()) === "granted";
}

function isAllowed() {
  return globalThis.Notification?.permission === "granted";
}
