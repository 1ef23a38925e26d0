// Walks through a chart's points by keyboard: they are told as text, and Enter opens what one is of.
const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

function visible(plot) {
  return plot.calcdata
    .map((points, curve) => ({ points, curve, trace: points[0]?.trace }))
    .filter(({ trace, points }) => trace?.visible === true && trace.hoverinfo !== "skip" && points.length > 0);
}

const plain = (text) => {
  const holder = new DOMParser().parseFromString(String(text).replace(/<br>/g, ", "), "text/html");
  return holder.body.textContent;
};

function label(axis, value) {
  const title = axis?.title?.text;
  const shown = typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 3 }) : value;
  return title ? `${plain(title)}: ${shown}` : `${shown}`;
}

function told(plot, { trace }, at) {
  const { xaxis, yaxis } = plot._fullLayout;
  const read = (values) => (Array.isArray(values) || ArrayBuffer.isView(values) ? values[at] : undefined);
  const x = trace.type === "box" ? `median ${read(trace.median)}` : read(trace.x);
  return [
    trace.name && !/^trace /.test(trace.name) ? plain(trace.name) : "",
    read(trace.text) ? plain(read(trace.text)) : "",
    label(xaxis, plain(x)),
    label(yaxis, plain(read(trace.y))),
  ].filter(Boolean).join("; ");
}

export function walk(plot, output, open) {
  let series = 0;
  let at = -1;
  plot.tabIndex = 0;
  plot.addEventListener("keydown", (event) => {
    const drawn = visible(plot);
    if (drawn.length === 0 || event.target !== plot) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      series = (series + (event.key === "ArrowDown" ? 1 : drawn.length - 1)) % drawn.length;
      at = Math.max(0, at);
    } else if (event.key in STEPS) {
      at += STEPS[event.key];
    } else if (event.key === "Home") {
      at = 0;
    } else if (event.key === "End") {
      at = Infinity;
    } else if (event.key === "Enter" && at >= 0) {
      const one = drawn[series % drawn.length];
      open(one.trace, at);
      return;
    } else {
      return;
    }
    event.preventDefault();
    const one = drawn[(series %= drawn.length)];
    const last = (one.trace.y ?? one.trace.x).length - 1;
    at = Math.min(Math.max(at, 0), last);
    output.textContent = told(plot, one, at);
    if (one.trace.type !== "box") Plotly.Fx.hover(plot, [{ curveNumber: one.curve, pointNumber: at }]);
  });
  plot.addEventListener("blur", () => Plotly.Fx.unhover(plot));
}
