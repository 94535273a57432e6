import { ask } from "../dialogs.js";
import { text, textFor } from "../strings.js";

/** Takes conversations out as files, in a format that the person is asked for. */
export class Exporting {
  #pages;
  #dialog;

  constructor(pages) {
    this.#pages = pages;
    this.#dialog = document.getElementById("export");
  }

  one(conversation, title) {
    const question = text("export_one", { title: title || text("untitled") });
    return this.#download(question, `${this.#pages.addressOf(conversation)}export/`);
  }

  many(conversations) {
    const question = textFor("export_many", conversations.length);
    return this.#download(question, this.#pages.at("export/"), conversations);
  }

  all() {
    return this.#download(text("export_all"), this.#pages.at("export/"));
  }

  async #download(question, address, conversations = null) {
    this.#dialog.querySelector(".question").textContent = question;
    const answer = await ask(this.#dialog);
    if (!answer) return;
    if (conversations === null) submit("get", address, [["format", answer.format]]);
    else {
      const token = document.querySelector("meta[name=csrf-token]").content;
      const ids = conversations.map((id) => ["conversation", id]);
      submit("post", `${address}?format=${answer.format}`, [["csrfmiddlewaretoken", token], ...ids]);
    }
  }
}

// The browser saves what comes, however large it is, and the page stays.
function submit(method, action, fields) {
  const form = document.createElement("form");
  Object.assign(form, { method, action, hidden: true });
  for (const [name, value] of fields) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
  form.remove();
}
