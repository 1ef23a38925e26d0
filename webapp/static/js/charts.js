// Draws the figures that the page carries as JSON, in the colours of the present theme.
const CONFIG = { displayModeBar: false, responsive: true, showTips: false, scrollZoom: false };
const LINKS = {
  runtime: (cid) => `/records/${encodeURIComponent(cid)}`,
  jobs: (job) => `/records?job=${encodeURIComponent(job)}`,
};

const token = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const COLOURS = new Set(["color", "fillcolor"]);

// Names of colours stand in figures as "@name", under keys of COLOURS.
function coloured(value) {
  if (Array.isArray(value)) return value.map(coloured);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      COLOURS.has(key) && typeof inner === "string" && inner.startsWith("@")
        ? token(inner.slice(1))
        : coloured(inner),
    ]),
  );
}

function themed(layout, width) {
  const axis = {
    gridcolor: token("line"),
    linecolor: token("line-strong"),
    zerolinecolor: token("line-strong"),
    automargin: true,
    fixedrange: true,
  };
  return {
    ...layout,
    font: { family: token("sans"), size: 13, color: token("ink-2") },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 10, r: 12, t: 12, b: 10 },
    hoverlabel: {
      bgcolor: token("surface"),
      bordercolor: token("line-strong"),
      font: { family: token("sans"), color: token("ink") },
    },
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: { size: width < 500 ? 11 : 13 } },
    dragmode: false,
    xaxis: { ...axis, ...layout.xaxis },
    yaxis: { ...axis, ...layout.yaxis },
  };
}

function draw(plot) {
  const figure = JSON.parse(document.getElementById(`figure-${plot.dataset.chart}`).textContent);
  plot.querySelector(".plot-wait")?.remove();
  return Plotly.react(
    plot,
    coloured(figure.data),
    themed(coloured(figure.layout), plot.clientWidth),
    CONFIG,
  );
}

for (const plot of document.querySelectorAll(".plot")) {
  await draw(plot);
  plot.dataset.drawn = "";
  const link = LINKS[plot.dataset.chart];
  if (link) {
    plot.on("plotly_click", ({ points }) => {
      if (points[0]?.customdata) location.assign(link(points[0].customdata));
    });
  }
  document.addEventListener("themechange", () => draw(plot));
  plot.addEventListener("figurechange", () => draw(plot));
}
