import Chart from "../vendor/chart.js";

const SIZE = 12; // pixels of the words
const dark = matchMedia("(prefers-color-scheme: dark)");

/** `<figure-chart label>`: draws the JSON inside it, again whenever the theme is another. */
class FigureChart extends HTMLElement {
  #chart;
  #themes;

  connectedCallback() {
    const drawn = JSON.parse(this.querySelector("script").textContent);
    this.#themes = new MutationObserver(() => this.#draw(drawn));
    this.#themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    dark.addEventListener("change", () => this.isConnected && this.#draw(drawn));
    this.#draw(drawn);
  }

  disconnectedCallback() {
    this.#themes.disconnect();
    this.#chart.destroy();
  }

  #draw({ type, labels, series, isStacked, isSideways }) {
    const canvas = this.querySelector("canvas");
    const ink = this.#colour("ink-2");
    const scale = { stacked: isStacked, ticks: { color: ink, font: { size: SIZE } } };
    const thin = { ...scale.ticks, maxRotation: 0, autoSkipPadding: isSideways ? 0 : 16 };
    const named = { ...scale, grid: { display: false }, ticks: thin };
    const marks = type === "bar" ? { ...scale.ticks, precision: 0 } : scale.ticks; // bars count
    const grid = { color: this.#colour("line-c") };
    const counted = { ...scale, beginAtZero: true, grid, ticks: marks };
    this.#chart?.destroy();
    this.#chart = new Chart(canvas, {
      type,
      data: { labels, datasets: series.map((each) => this.#dataset(each)) },
      options: {
        animation: false,
        maintainAspectRatio: false,
        locale: document.documentElement.lang,
        interaction: { mode: "index", intersect: false },
        indexAxis: isSideways ? "y" : "x",
        scales: isSideways ? { x: counted, y: named } : { x: named, y: counted },
        plugins: {
          legend: {
            display: series.length > 1,
            position: "bottom",
            labels: { color: ink, boxWidth: SIZE, boxHeight: SIZE, font: { size: SIZE } },
          },
        },
      },
    });
  }

  #dataset({ label, colour, values }) {
    const drawn = this.#colour(colour);
    return {
      label: label || this.getAttribute("label"),
      data: values,
      backgroundColor: drawn,
      borderColor: drawn,
      pointRadius: 2,
      spanGaps: true,
      maxBarThickness: 48,
    };
  }

  /** What a custom property is in the theme that is shown. */
  #colour(name) {
    this.style.color = `var(--${name})`;
    const { color } = getComputedStyle(this);
    this.style.color = "";
    return color;
  }
}

customElements.define("figure-chart", FigureChart);
