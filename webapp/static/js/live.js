// Shows what is new without loading the page again. Focus, selection and place stay where they are.
import { enable } from "./copy.js";

const GATHER_MS = 600;
const SPREAD_MS = 1500;
const main = document.getElementById("content");
const { live: manner, events, revision } = document.body.dataset;

let seen = revision;
let source = null;
let waiting = null;
let unseen = 0;

const plural = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function announce(text) {
  document.getElementById("announcer").textContent = text;
}

// It floats: nothing that is being read moves.
function notice(text, act) {
  let shown = document.getElementById("live-notice");
  if (!shown) {
    shown = document.createElement("aside");
    shown.id = "live-notice";
    shown.setAttribute("aria-label", "News");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    shown.append(button);
    main.after(shown);
  }
  const button = shown.firstElementChild;
  button.textContent = text;
  button.onclick = act;
  announce(text);
}

const isBusy = (element) =>
  element.contains(document.activeElement) ||
  (!getSelection().isCollapsed && getSelection().containsNode(element, true));

const KEPT = new Set(["hidden", "data-drawn", "data-copied", "open", "value", "checked"]);

function follow(shown, next) {
  for (const { name, value } of next.attributes) {
    if (!KEPT.has(name) && shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
}

// What scripts have added to a page is in none that comes from the server.
const told = (element) => [...element.childNodes].filter((node) => node.dataset?.made === undefined);

// Elements that stay are changed where they are; returns whether something had to be left as it was.
function update(shown, next) {
  if (shown.isEqualNode(next) || shown.matches(".plot, form")) return false;
  if (shown.matches('script[type="application/json"]')) return redraw(shown, next);
  follow(shown, next);
  const [before, after] = [told(shown), told(next)];
  const alike =
    before.length === after.length && before.every((node, place) => node.nodeName === after[place].nodeName);
  if (!alike && shown.matches("main, section, div")) return merge(shown, before, after);
  if (!alike) {
    if (isBusy(shown)) return true;
    shown.replaceChildren(...after);
    begin(shown);
    return false;
  }
  let left = false;
  before.forEach((node, place) => {
    if (node.nodeType === Node.ELEMENT_NODE) left = update(node, after[place]) || left;
    else if (node.nodeValue !== after[place].nodeValue) node.nodeValue = after[place].nodeValue;
  });
  return left;
}

function begin(shown) {
  enable(shown);
  shown.dispatchEvent(new CustomEvent("contentchange", { bubbles: true }));
}

const nameOf = (node) =>
  [node.nodeName, node.id, node.className, node.getAttribute?.("aria-labelledby")].join(" ");

// Parts of a page come and go; those that stay are changed where they are.
function merge(shown, before, after) {
  let left = false;
  for (const next of after) {
    const isText = next.nodeType === Node.TEXT_NODE;
    const place = before.slice(0, isText ? 1 : undefined).findIndex((node) => nameOf(node) === nameOf(next));
    if (place < 0) {
      shown.insertBefore(next, before[0] ?? null);
      continue;
    }
    left = before.splice(0, place).map(remove).some(Boolean) || left;
    const node = before.shift();
    if (isText) node.nodeValue = next.nodeValue;
    else left = update(node, next) || left;
  }
  left = before.map(remove).some(Boolean) || left;
  begin(shown);
  return left;
}

function remove(node) {
  if (node.nodeType === Node.ELEMENT_NODE && isBusy(node)) return true;
  node.remove();
  return false;
}

function redraw(shown, next) {
  if (shown.textContent === next.textContent) return false;
  shown.textContent = next.textContent;
  const name = shown.id.replace(/^figure-/, "");
  document
    .querySelector(`[data-chart="${CSS.escape(name)}"]`)
    ?.dispatchEvent(new CustomEvent("figurechange"));
  return false;
}

const reload = () => location.reload();

async function refresh() {
  waiting = null;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return notice("This page has changed: show", reload);
    const next = new DOMParser()
      .parseFromString(await answer.text(), "text/html")
      .getElementById("content");
    if (update(main, next)) notice("This page has changed: show", reload);
    else announce("The page was updated.");
  } catch {
    schedule(); // the node is restarting, perhaps
  }
}

// Many pages are told at the same moment; they do not ask at the same moment.
function schedule() {
  waiting ??= setTimeout(refresh, GATHER_MS + Math.random() * SPREAD_MS);
}

function changed(message) {
  seen = message.lastEventId || seen;
  const { records, batches } = JSON.parse(message.data);
  document.body.dataset.seen = seen;
  if (!records && !batches.length) return;
  if (manner === "update") return schedule();
  unseen += records;
  notice(`${plural(unseen, "record")} new or changed: show`, reload);
}

function restarted(message) {
  seen = message.lastEventId || seen;
  if (manner === "update") schedule();
  else notice("The ledger has changed: show", reload);
}

// A browser opens few connections to one place: tabs that nobody looks at give theirs back.
function listen() {
  if (document.hidden || source) return;
  source = new EventSource(`${events}?since=${encodeURIComponent(seen)}`);
  source.addEventListener("change", changed);
  source.addEventListener("restart", restarted);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden && source) {
    source.close();
    source = null;
  } else listen();
});

listen();
