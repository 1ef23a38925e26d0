// Elements out of plain values: whatever a proof says becomes text, and never markup.
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(attribute, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export const byId = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";
const COPY_SHAPE = [
  ["rect", { x: 5.5, y: 5.5, width: 8, height: 8, rx: 1.5 }],
  ["path", { d: "M10.5 3.5v-.5A1.5 1.5 0 0 0 9 1.5H4A1.5 1.5 0 0 0 2.5 3v6A1.5 1.5 0 0 0 4 10.5h.5" }],
];

// A button that the page's copy.js answers.
export function copyButton(text, label) {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("viewBox", "0 0 16 16");
  icon.setAttribute("aria-hidden", "true");
  for (const [name, attributes] of COPY_SHAPE) {
    const shape = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
    icon.append(shape);
  }
  const attributes = { type: "button", class: "copy", "data-copy": text, title: "Copy" };
  return h("button", { ...attributes, "aria-label": `Copy ${label}` }, icon);
}
