import { show } from "./dialogs.js";
import { openBeside } from "./menus.js";

/** How an answer was made, in a dialog. Raises RequestError. */
export async function showDetails(pages, message) {
  const dialog = document.getElementById("details");
  const page = await pages.fetch(`${pages.newChat}messages/${message}/details/`);
  dialog.querySelector(".details-body").replaceChildren(...page.body.childNodes);
  show(dialog);
}

/** Ask which other model is to answer; `choose` gets its name. */
export function offerModels(models, button, choose) {
  const menu = document.getElementById("other-models");
  menu.replaceChildren(
    ...models.map(({ name, label, state }) => {
      const choice = document.createElement("button");
      Object.assign(choice, { type: "button", textContent: label });
      choice.dataset.state = state;
      choice.addEventListener("click", () => {
        menu.hidePopover();
        choose(name);
      });
      return choice;
    }),
  );
  openBeside(menu, button);
}
