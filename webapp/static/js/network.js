// Keeps the page of the network up to date: asks for its texts as JSON and puts them in their places.
import { enable } from "./copy.js";

const EVERY_MS = 5000;
const shown = document.getElementById("network");
const pause = document.getElementById("pause");
const problem = document.getElementById("refresh-problem");

const short = (text) =>
  text.length <= 16 ? text : `${text.slice(0, text.startsWith("baf") ? 10 : 6)}…${text.slice(-6)}`;

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function point(link, href) {
  if (href) link.setAttribute("href", href);
  else link.removeAttribute("href");
}

function fillHash(place, row, name) {
  const text = place.querySelector(".hash > :first-child");
  const button = place.querySelector(".copy");
  const href = row[`${name}_href`];
  const wanted = href ? "A" : "SPAN";
  const label = text.tagName === wanted ? text : document.createElement(wanted.toLowerCase());
  if (label !== text) text.replaceWith(label);
  if (href) point(label, href);
  label.title = row[name];
  say(label, short(row[name]));
  button.dataset.copy = row[name];
  button.setAttribute("aria-label", `Copy ${place.closest("td").dataset.label.toLowerCase()} ${short(row[name])}`);
}

function fill(line, row) {
  for (const place of line.querySelectorAll("[data-field]")) {
    const name = place.dataset.field;
    const value = row[name] ?? "";
    if (place.dataset.kind === "hash") {
      fillHash(place, row, name);
    } else if (place.tagName === "A") {
      say(place.firstElementChild, value);
      point(place, row[`${name}_href`]);
    } else {
      say(place, value);
    }
    if (place.classList.contains("badge")) place.dataset.status = row[`${name}_status`] ?? value;
  }
}

// Rows that stay are filled anew where they are, so that nobody's focus or selection is lost.
function fillTable(name, { rows, note }) {
  const body = document.querySelector(`[data-table="${name}"] tbody`);
  if (!body) return;
  const blank = document.querySelector(`[data-row="${name}"]`).content.querySelector("tr");
  const before = new Map([...body.rows].map((line) => [line.dataset.key, line]));
  rows.forEach((row, place) => {
    const line = before.get(row.key) ?? blank.cloneNode(true);
    before.delete(row.key);
    line.dataset.key = row.key;
    fill(line, row);
    if (body.rows[place] !== line) body.insertBefore(line, body.rows[place] ?? null);
  });
  for (const line of before.values()) line.remove();
  enable(body);
  const beside = document.querySelector(`[data-note="${name}"]`);
  say(beside, note);
  beside.hidden = !note;
  document.querySelector(`[data-filled="${name}"]`).hidden = !rows.length;
  document.querySelector(`[data-unfilled="${name}"]`).hidden = rows.length > 0;
}

function fillFigure({ name, value, note, alarming }) {
  const figure = document.querySelector(`[data-figure="${name}"]`);
  say(figure.querySelector(".value"), value);
  say(figure.querySelector("small"), note);
  figure.toggleAttribute("data-alarming", alarming);
}

function fillChart({ figure, rows, summary }) {
  const source = document.getElementById("figure-copies");
  const drawn = JSON.stringify(figure);
  if (!source || source.dataset.drawn === drawn) return;
  source.textContent = drawn;
  source.dataset.drawn = drawn;
  const plot = document.querySelector('[data-chart="copies"]');
  plot.setAttribute("aria-label", summary);
  plot.dispatchEvent(new CustomEvent("figurechange"));
  const body = plot.closest(".chart").querySelector("tbody");
  body.replaceChildren(
    ...rows.map((cells) => {
      const line = document.createElement("tr");
      cells.forEach((text, place) => {
        const cell = line.insertCell();
        cell.textContent = text;
        cell.classList.toggle("numeric", place > 0);
      });
      return line;
    }),
  );
}

async function refresh() {
  const answer = await fetch(shown.dataset.figures, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  const { updated, figures, tables, chart } = await answer.json();
  if (isPaused()) return;
  figures.forEach(fillFigure);
  Object.entries(tables).forEach(([name, table]) => fillTable(name, table));
  fillChart(chart);
  say(document.getElementById("updated"), updated);
  say(problem, "");
}

const isPaused = () => pause.getAttribute("aria-pressed") === "true";

async function tick() {
  try {
    if (!isPaused() && !document.hidden) await refresh();
  } catch {
    say(problem, "The node does not answer; what it said last is shown.");
  }
  setTimeout(tick, EVERY_MS);
}

pause.addEventListener("click", () => pause.setAttribute("aria-pressed", String(!isPaused())));
pause.hidden = false;
setTimeout(tick, EVERY_MS);
