import { countCharacters } from "./reply.js";
import { number, text } from "./strings.js";

const LONG = 20_000; // characters from which on the browser is spared all it can be
const RIGHT_TO_LEFT = /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}/u;
const NEARLY = 0.8; // of the limit, from which on the count is shown

/** A field in which a message is written: its height, what it may hold, and the key that sends. */
export class WritingArea {
  #area;
  #limit;

  /** `limit` is the element that tells how much there may be, as `data-longest` says. */
  constructor(area, limit) {
    this.#area = area;
    this.#limit = limit;
  }

  get value() {
    return this.#area.value;
  }

  set value(words) {
    this.#area.value = words;
  }

  get canSend() {
    const { value } = this.#area;
    return value.trim() !== "" && (value.length <= this.#longest || this.#count <= this.#longest);
  }

  /** What is all in sight leaves the keys that leaf through it to the conversation. */
  get isScrolled() {
    return this.#area.scrollHeight > this.#area.clientHeight;
  }

  /** Whether this key is to send what is written. */
  sends({ key, ctrlKey, metaKey, shiftKey }) {
    if (key !== "Enter") return false;
    const enterSends = document.documentElement.dataset.enter !== "breaks";
    return ctrlKey || metaKey || (shiftKey !== enterSends && !isTouchOnly());
  }

  /** Write these words where the caret is, as lines of their own. */
  insert(words) {
    const { selectionStart: start, selectionEnd: end, value } = this.#area;
    const isAmid = start > 0 && value[start - 1] !== "\n";
    this.#area.setRangeText(isAmid ? `\n${words}` : words, start, end, "end");
    this.#area.dispatchEvent(new Event("input", { bubbles: true })); // as of any typing
  }

  /** Show how much it holds. */
  show() {
    this.#showLimit();
    this.#grow();
  }

  #showLimit() {
    const isNear = this.#area.value.length > NEARLY * this.#longest;
    const count = isNear ? this.#count : 0;
    const isOver = count > this.#longest;
    this.#limit.classList.toggle("over", isOver);
    this.#area.setAttribute("aria-invalid", isOver);
    this.#limit.textContent = isNear
      ? text(isOver ? "too_long" : "characters", {
          count: number(count),
          most: number(this.#longest),
        })
      : "";
  }

  // Browsers without field-sizing get their height from here. A long text has the greatest
  // height anyway, and finding the direction of each of its lines would take seconds.
  #grow() {
    const { value } = this.#area;
    const isLong = value.length > LONG;
    this.#area.dir = isLong ? directionOf(value) : "auto";
    this.#area.classList.toggle("long", isLong);
    if (CSS.supports("field-sizing", "content")) return;
    this.#area.style.height = "auto";
    this.#area.style.height = `${this.#area.scrollHeight}px`;
  }

  get #longest() {
    return Number(this.#area.dataset.longest);
  }

  get #count() {
    return countCharacters(this.#area.value);
  }
}

/** Whether an input method takes this key for itself; 229 is how some browsers tell. */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/** Both texts, the one above the other. */
export function join(one, other) {
  return [one, other].filter(Boolean).join("\n\n");
}

function directionOf(words) {
  const [first] = /\p{L}/u.exec(words) ?? [""];
  return RIGHT_TO_LEFT.test(first) ? "rtl" : "ltr";
}

// A phone's keyboard has no Shift+Enter, so Enter there breaks the line.
function isTouchOnly() {
  return matchMedia("(pointer: coarse)").matches && !matchMedia("(any-pointer: fine)").matches;
}
