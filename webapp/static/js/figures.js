// What a figure looks like: the colours of the present theme, axes, and fonts.
export const token = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const COLOURS = new Set(["color", "fillcolor"]);

// Names of colours stand in figures as "@name", under keys of COLOURS.
export function coloured(value) {
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

// A category or a date has no logarithm, and neither has an axis whose values are not all positive.
export function canBeLogarithmic(figure, name) {
  if (["category", "date"].includes(figure.layout[`${name}axis`]?.type)) return false;
  const values = figure.data.flatMap((trace) => trace[name] ?? []);
  return values.length > 0 && values.every((value) => typeof value === "number" && value > 0);
}

export function themed(layout, width, logarithmic) {
  const axis = {
    gridcolor: token("line"),
    linecolor: token("line-strong"),
    zerolinecolor: token("line-strong"),
    automargin: true,
  };
  const scale = (name) =>
    logarithmic.has(name) ? { type: "log", rangemode: "normal", dtick: undefined } : {};
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
    legend: {
      orientation: "h",
      y: 1.02,
      yanchor: "bottom",
      x: 0,
      font: { size: width < 500 ? 11 : 13 },
    },
    // A finger scrolls the page; a mouse draws the part to look at.
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    xaxis: { ...axis, ...layout.xaxis, ...scale("x") },
    yaxis: { ...axis, ...layout.yaxis, ...scale("y") },
  };
}
