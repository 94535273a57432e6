/**
 * `<passkey-form kind="create|get">` around a form with a field `credential`: its button asks
 * the browser for a passkey first. The options are JSON in the element that `data-options`
 * names, or at the address `data-source`. Without passkeys in the browser it stays hidden.
 */
class PasskeyForm extends HTMLElement {
  connectedCallback() {
    this.hidden = !globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;
    this.querySelector("form").addEventListener("submit", this.#ask);
  }

  #ask = async (event) => {
    event.preventDefault();
    const form = event.target;
    const problem = this.querySelector("p.problem");
    problem.hidden = true;
    try {
      const credential = await this.#credential(await this.#options(), form);
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      problem.textContent = this.dataset.cannot; // closed by the person, or refused by the device
      problem.hidden = false;
    }
  };

  async #options() {
    const { source, options } = this.dataset;
    if (options) return JSON.parse(document.getElementById(options).textContent).publicKey;
    const answer = await fetch(source, { headers: { Accept: "application/json" } });
    return (await answer.json()).request_options.publicKey;
  }

  #credential(options, form) {
    if (this.getAttribute("kind") === "get") {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
      return navigator.credentials.get({ publicKey });
    }
    if (form.elements.passwordless?.checked) {
      Object.assign(options.authenticatorSelection, {
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      });
    }
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  }
}

customElements.define("passkey-form", PasskeyForm);
