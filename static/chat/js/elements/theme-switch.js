/** `<theme-switch>`: radio buttons `light`, `dark` and `system`; the choice is kept. */
class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", ({ target }) => this.#choose(target.value));
    addEventListener("storage", this.#show);
    this.#show();
  }

  disconnectedCallback() {
    removeEventListener("storage", this.#show);
  }

  #choose(theme) {
    const isFixed = theme !== "system";
    if (isFixed) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    try {
      if (isFixed) localStorage.setItem("theme", theme);
      else localStorage.removeItem("theme");
    } catch {
      // Storage is blocked: the choice lasts as long as the page.
    }
  }

  #show = () => {
    const theme = document.documentElement.dataset.theme ?? "system";
    for (const radio of this.querySelectorAll("input")) radio.checked = radio.value === theme;
  };
}

customElements.define("theme-switch", ThemeSwitch);
