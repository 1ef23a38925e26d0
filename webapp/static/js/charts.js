// Draws the figures that a page carries as JSON, with the tools that each of them has.
import { download } from "./downloads.js";
import { canBeLogarithmic, coloured, themed } from "./figures.js";
import { walk } from "./walking.js";

const CONFIG = { displayModeBar: false, responsive: true, showTips: false, scrollZoom: false };
const LINKS = {
  runtime: (cid) => `/records/${encodeURIComponent(cid)}`,
  jobs: (job) => `/records?job=${encodeURIComponent(job)}`,
};

function button(text, press, attributes = {}) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "tool", textContent: text });
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.addEventListener("click", () => press(made));
  return made;
}

function toggle(text, press) {
  return button(text, (made) => {
    const on = made.getAttribute("aria-pressed") !== "true";
    made.setAttribute("aria-pressed", String(on));
    press(on);
  }, { "aria-pressed": "false" });
}

class Drawn {
  constructor(plot) {
    this.plot = plot;
    this.logarithmic = new Set();
    this.hidden = new Set();
    this.switches = new Map();
  }

  get figure() {
    return JSON.parse(document.getElementById(`figure-${this.plot.dataset.chart}`).textContent);
  }

  get groups() {
    const named = this.figure.data.filter(({ name, showlegend }) => name && showlegend !== false);
    return named.map(({ name, legendgroup }) => ({ name, group: legendgroup ?? name }));
  }

  draw() {
    const { data, layout } = this.figure;
    this.plot.querySelector(".plot-wait")?.remove();
    const shown = data.map((trace) => ({
      ...trace,
      visible: !this.hidden.has(trace.legendgroup ?? trace.name),
    }));
    return Plotly.react(
      this.plot,
      coloured(shown),
      themed(coloured(layout), this.plot.clientWidth, this.logarithmic),
      CONFIG,
    );
  }

  // A trace names the address of each of its points, or what a point is of.
  open(trace, at) {
    const address = trace.meta?.links?.[at];
    if (address) return location.assign(address);
    const link = LINKS[this.plot.dataset.chart];
    const value = trace.customdata?.[at];
    if (link && typeof value === "string") location.assign(link(value));
  }

  tools() {
    const { figure } = this;
    const bar = document.createElement("div");
    bar.className = "tools";
    bar.dataset.made = "";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Tools of the chart");
    const words = new DOMParser();
    if (this.groups.length > 1) {
      for (const { name, group } of this.groups) {
        const text = words.parseFromString(name, "text/html").body.textContent;
        const made = toggle(text, (on) => {
          if (on) this.hidden.delete(group);
          else this.hidden.add(group);
          this.draw();
        });
        made.setAttribute("aria-pressed", "true");
        this.switches.set(group, made);
        bar.append(made);
      }
    }
    for (const name of ["x", "y"]) {
      if (!canBeLogarithmic(figure, name)) continue;
      const made = toggle(`log ${name}`, (on) => {
        if (on) this.logarithmic.add(name);
        else this.logarithmic.delete(name);
        this.draw();
      });
      made.classList.add("scale");
      bar.append(made);
    }
    bar.append(button("Reset zoom", () => Plotly.relayout(this.plot, { "xaxis.autorange": true, "yaxis.autorange": true })));
    for (const kind of ["csv", "svg", "png"]) {
      bar.append(button(kind.toUpperCase(), () => download(kind, this.plot), { "aria-label": `Download as ${kind.toUpperCase()}` }));
    }
    return bar;
  }

  async begin() {
    const { plot } = this;
    await this.draw();
    const output = Object.assign(document.createElement("output"), { className: "visually-hidden" });
    output.dataset.made = "";
    plot.setAttribute("role", "application");
    plot.setAttribute("aria-roledescription", "chart");
    plot.after(this.tools(), output);
    walk(plot, output, (trace, at) => this.open(trace, at));
    plot.on("plotly_click", ({ points: [one] }) => one && this.open(one.data, one.pointNumber ?? one.pointIndex));
    // The buttons below do it, so that they and the legend say the same.
    plot.on("plotly_legendclick", ({ curveNumber, data }) => {
      const { legendgroup, name } = data[curveNumber];
      this.switches.get(legendgroup || name)?.click();
      return false;
    });
    plot.on("plotly_legenddoubleclick", () => false);
    document.addEventListener("themechange", () => this.draw());
    matchMedia("print").addEventListener("change", () => this.draw());
    plot.addEventListener("figurechange", () => this.draw());
    plot.dataset.drawn = "";
  }
}

async function fetched(place) {
  const response = await fetch(`${place.dataset.source}${place.dataset.source.includes("?") ? "&" : "?"}part=1`);
  if (!response.ok) return; // the link that stands there leads to the reason
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  const parts = [...parsed.body.children];
  place.replaceWith(...parts);
  for (const part of parts) await begin(part);
}

const begun = new WeakSet();

async function begin(within) {
  for (const plot of within.querySelectorAll(".plot")) {
    if (begun.has(plot)) continue;
    begun.add(plot);
    await new Drawn(plot).begin();
  }
}

document.addEventListener("contentchange", ({ target }) => begin(target));
await begin(document);
for (const place of document.querySelectorAll("[data-source]")) await fetched(place);
