import { text } from "./strings.js";

const LONGEST = 140; // characters of the answer

const policy = globalThis.trustedTypes?.createPolicy("alerts", { createScriptURL: notifier });

/** Tells of an answer that is done while nobody looks, to whoever wants that and has allowed it. */
export class Alerts {
  #preferences;
  #opens = new Map(); // address → what shows it on this page

  constructor(preferences) {
    this.#preferences = preferences;
    navigator.serviceWorker?.addEventListener("message", ({ data }) => {
      this.#opens.get(data.pressed)?.();
    });
  }

  /**
   * The answer of the conversation of this title is done; `open()` shows it, if it is not shown,
   * and whoever comes back when this page is gone finds it at `address`.
   */
  done(title, words, { address = location.href, open = () => {} } = {}) {
    if (!document.hidden || !this.#preferences.values.notify || !isAllowed()) return;
    const body = words.length > LONGEST ? `${words.slice(0, LONGEST).trimEnd()}…` : words;
    const icon = document.querySelector("link[rel=apple-touch-icon]").href;
    const told = { title: text("alert_done", { title }), options: { body, icon, tag: title } };
    try {
      tell(told, open);
    } catch {
      this.#opens.set(address, open);
      tellByWorker({ ...told, address }).catch(() => {}); // the tab's title tells all the same
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

function tell({ title, options }, open) {
  const alert = new Notification(title, options);
  alert.addEventListener("click", () => {
    focus();
    open();
    alert.close();
  });
}

// Browsers of phones take notifications from service workers only.
async function tellByWorker(told) {
  const address = policy?.createScriptURL("") ?? notifier();
  const { installing, waiting, active } = await navigator.serviceWorker.register(address);
  const worker = installing ?? waiting ?? active;
  await activated(worker);
  worker.postMessage(told);
}

function activated(worker) {
  if (worker.state === "activated") return Promise.resolve();
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => worker.state === "activated" && resolve());
  });
}

function notifier() {
  return document.getElementById("app").dataset.notifier;
}
