// The result and its steps, as the page shows them.
import { FILE, MEANINGS } from "../verify/results.js";
import { byHand } from "./by-hand.js";
import { copyButton, h } from "./elements.js";
import { OPEN } from "./judgement.js";
import { recordSays } from "./record.js";

const TITLES = {
  format: "The file",
  ledger: "The ledger",
  record: "The record",
  signature: "The contributor's signature",
  submission: "In the submission",
  batch: "In the batch",
  complete: "Nothing missing",
  blocks: "The chain",
  anchor: "The anchor",
  standing: "What happened since",
  others: "Verdicts that are not in the file",
  quorum: "The quorum",
};

export function stepItem(step, { proof, contracts, open, isOnline }) {
  const isOpen = isUnseen(step) || open.some((point) => point.step === step.name);
  const state = step.ok ? (isOpen ? "open" : "done") : "failed";
  const said = { done: "holds", open: "left open", failed: "does not hold" }[state];
  const hand = proof && handOf(step, proof, { contracts, isOnline });
  return h(
    "li",
    { "data-state": state, "data-step": step.name },
    h("h3", {}, titleOf(step.name), h("span", { class: "visually-hidden" }, ` (${said})`)),
    h("p", { class: "wrap" }, sentence(step.proved)),
    step.restsOn ? h("p", { class: "rests wrap" }, `Rests on ${step.restsOn}`) : null,
    details("Values", inWords(step.values)),
    hand && details("By hand", hand.values ?? {}, hand.recipe),
    details("Asked of the endpoint", asked(step.asked ?? [])),
  );
}

export function report({ verification, open }, { origin, contracts, witness }) {
  const { result, proof, steps } = verification;
  const ok = result === "valid";
  const isOnline = Boolean(witness.request);
  const items = steps.map((step) => stepItem(step, { proof, contracts, open, isOnline }));
  const recordHolds = steps.some((step) => step.name === "record" && step.ok);
  return [
    heading(result, ok && open.length > 0),
    h("p", { class: "lead" }, leadOf(result, open, steps.some(isUnseen))),
    ok ? null : reason(steps.at(-1)),
    ok && open.length ? h("ul", { class: "open-points" }, ...open.map(openPoint)) : null,
    ok && !open.length ? rest(steps, witness) : null,
    proof && h("p", { class: "wrap" }, "Record ", h("code", {}, proof.record.cid), `, from ${origin}.`),
    recordHolds ? recordSays(proof.record.bytes) : null,
    h("ol", { class: "links steps" }, ...items),
    h("p", { class: "note" }, "Computed in this browser. The same names and exit codes as ",
      h("code", {}, "perfledger verify"), ", whose manual explains each."),
  ].filter((part) => part !== null);
}

const reason = ({ name, proved }) =>
  h("p", { class: "notice bad wrap", id: "reason" }, h("b", {}, `${titleOf(name)}: `), sentence(proved));

// In the end all of it rests on these.
function rest(steps, { url }) {
  const { restsOn } = steps.find(({ name }) => name === "blocks");
  const host = url ? ` (${url.host})` : "";
  return h("p", { class: "notice good wrap" }, `It rests on the contracts you named, and on ${restsOn}${host}.`);
}

// The exchanges with a node, as they can be repeated with curl.
const asked = (exchanges) =>
  Object.fromEntries(
    exchanges.map(({ call, answer }, place) => [
      `${place + 1}. ${call.method}`,
      `${JSON.stringify(call.params)}\n→ ${answer === undefined ? "no answer" : JSON.stringify(answer)}`,
    ]),
  );

function heading(result, isOpen) {
  const attributes = { id: "result-title", class: "verdict", "data-result": result };
  const ok = isOpen ? "open" : String(result === "valid");
  return h("h2", { ...attributes, "data-ok": ok }, isOpen ? "valid, if …" : result);
}

// A file cannot show what is not in it.
const isUnseen = ({ name, restsOn }) => restsOn === FILE && (name === "others" || name === "standing");

const OFFLINE =
  "A file cannot show verdicts that were left out of it, or what changed since; a chain endpoint can.";

function leadOf(result, open, isOffline) {
  if (result !== "valid") return MEANINGS[result];
  if (!open.length) return isOffline ? `${MEANINGS.valid} ${OFFLINE}` : MEANINGS.valid;
  const points = open.length === 1 ? "One point is" : `${open.length} points are`;
  return `Every step holds. ${points} left for you to confirm, as no proof can:`;
}

const OPEN_POINTS = {
  [OPEN.LEDGER]: () => [
    h("b", {}, "These are the contracts you mean. "),
    "The addresses above came from this server. Compare them with a source of your own, then press ",
    h("i", {}, "keep"), " in “The ledger you mean”.",
  ],
  [OPEN.BLOCK]: ({ number, hash }) => [
    h("b", {}, `Block ${number} is on the chain, with this hash. `),
    h("code", { class: "wrap" }, hash), copyButton(hash, `hash of block ${number}`),
    h("br"), "Look it up in an explorer or a node that you trust; or choose a chain endpoint above, ",
    "which also shows what changed after that block.",
  ],
  [OPEN.ENDPOINT]: ({ host }) => [
    h("b", {}, "The endpoint is this server's. "),
    `${host} belongs to those who serve this page, so this is one party's word, given twice. `,
    "Choose an endpoint of somebody else's.",
  ],
  [OPEN.OVERHEARD]: ({ host }) => [
    h("b", {}, "Nobody on the way changed the answers. "),
    `${host} is asked over plain HTTP. On a network that is not your own, use https.`,
  ],
};

const openPoint = (point) =>
  h("li", { class: "notice warn", "data-open": point.kind }, h("p", {}, ...OPEN_POINTS[point.kind](point)));

function handOf(step, proof, given) {
  const isMissing = step.name === "anchor" && proof.anchor === null;
  return isMissing ? null : byHand(step.name, proof, given);
}

function details(title, values, recipe = null) {
  const entries = Object.entries(values);
  if (!entries.length) return null;
  return h(
    "details",
    {},
    h("summary", {}, title),
    recipe && h("p", {}, recipe),
    h("dl", { class: "facts raw-values by-hand" }, ...entries.map(([name, value]) => fact(name, value))),
  );
}

function fact(name, value) {
  const text = Array.isArray(value) ? value.join("\n") || "none" : String(value);
  return h(
    "div",
    {},
    h("dt", {}, name),
    h("dd", {}, h("code", { class: "wrap", tabindex: text.length > 400 ? "0" : null }, text), copyButton(text, name)),
  );
}

const inWords = (values) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replaceAll("_", " "), value]));

const titleOf = (name) =>
  TITLES[name] ?? `Verdict of ${name.slice(8, 14)}…${name.slice(-4)}`;

const sentence = (text) => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};
