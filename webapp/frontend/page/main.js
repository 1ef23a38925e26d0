// The verify page: reads the form, verifies, and shows each step as it is taken.
import { NodeError } from "../verify/answers.js";
import { byId, h } from "./elements.js";
import { UnreachableError } from "./endpoint.js";
import { judge } from "./judgement.js";
import { LedgerForm } from "./ledger-form.js";
import { report, stepItem } from "./report.js";
import { cidIn, fromFile, fromServer, fromText } from "./source.js";
import { InputError, kept, witnessOf } from "./trust.js";
import { onWallets, switchChain } from "./wallets.js";

const root = byId("verifier");
const result = byId("result");
const problem = byId("problem");
const ledger = new LedgerForm(JSON.parse(root.dataset.suggested));
const FRAME_MS = 50;
let drawn = 0;
let last = null; // the proof that was verified last, to verify again under other trust

root.hidden = false;
restore();
onWallets(listWallets);
byId("verify-form").addEventListener("submit", (event) => {
  event.preventDefault();
  run(givenSource);
});
for (const radio of root.querySelectorAll("[name=witness]")) {
  radio.addEventListener("change", showWitness);
}
byId("file").addEventListener("change", ({ target }) => {
  if (target.files[0]) run(() => fromFile(target.files[0]));
});
byId("cid").addEventListener("input", clearFiles);
ledger.onKept = () => last && run(() => last);
droppable(byId("drop"));
showWitness();
if (byId("cid").value) run(givenSource);

async function run(sourceOf) {
  problem.hidden = true;
  byId("progress").textContent = "Checking…";
  try {
    const contracts = ledger.read();
    const witness = witnessOf(witnessFields());
    const trust = { contracts, isConfirmed: ledger.isConfirmed(), witness };
    const source = await sourceOf();
    last = source;
    await show(source, trust);
  } catch (error) {
    refuse(error);
  }
}

async function show(source, trust) {
  const { contracts } = trust;
  const taken = h("ol", { class: "links steps" });
  const waiting = h("p", { class: "note" });
  result.replaceChildren(h("h2", { id: "result-title" }, "Checking…"), waiting, taken);
  result.hidden = false;
  const asked = [];
  const witness = overheard(trust.witness, (exchange) => {
    asked.push(exchange);
    waiting.textContent = `Asked of the endpoint: ${exchange.call.method}.`;
  });
  const judged = await judge(source, { ...trust, witness }, async (step) => {
    step.asked = asked.splice(0);
    taken.append(stepItem(step, { proof: null, contracts, open: [] }));
    await breath();
  });
  result.replaceChildren(...report(judged, { ...source, contracts, witness }));
  offerSwitch(judged.verification, trust);
  const title = byId("result-title").textContent;
  byId("progress").textContent = `Result: ${title}`;
  document.title = `${title} · Verify · perfledger`;
  result.focus({ preventScroll: true });
  result.scrollIntoView({ block: "start" });
}

// A witness whose every question is told, with its answer, to be shown beside the step it was for.
function overheard(witness, told) {
  if (!witness.request) return witness;
  const request = async (call) => {
    const exchange = { call, answer: undefined };
    told(exchange);
    exchange.answer = await witness.request(call);
    return exchange.answer;
  };
  return { ...witness, request };
}

// Lets the page draw and answer between steps that take long. Not after each: in a tab that is not
// in front, browsers make timers wait for a second.
async function breath() {
  if (performance.now() - drawn < FRAME_MS) return;
  await new Promise((resolve) => setTimeout(resolve));
  drawn = performance.now();
}

async function givenSource() {
  const file = byId("file").files[0];
  const pasted = byId("pasted").value;
  if (file) return fromFile(file);
  if (pasted.trim()) return fromText(pasted);
  if (!byId("cid").value.trim()) {
    throw new InputError("cid", "There is nothing to verify: give a CID, a link or a proof file.");
  }
  const cid = cidIn(byId("cid").value);
  const source = await fromServer(cid, root.dataset.proofUrl);
  history.replaceState(null, "", `?cid=${cid}`);
  return source;
}

function refuse(error) {
  result.hidden = true;
  problem.hidden = false;
  byId("progress").textContent = "";
  problem.textContent = reasonOf(error);
  const field = error instanceof InputError ? byId(error.field) : null;
  const folded = field?.closest("details");
  if (folded) folded.open = true;
  field?.focus();
}

function reasonOf(error) {
  if (error instanceof InputError) return error.message;
  if (error instanceof UnreachableError) {
    return (
      `The chain endpoint cannot be read from this page (${error.message}). Is it there, and does it ` +
      `let web pages ask (CORS)? geth does with --http.corsdomain ${location.origin}; Anvil and most ` +
      "public endpoints do by themselves. Nothing was concluded."
    );
  }
  if (error instanceof NodeError || typeof error?.code === "number") {
    return `The chain endpoint does not answer as it should: ${error.message}. Nothing was concluded.`;
  }
  console.error(error);
  return `The check broke off (${error?.message ?? error}). Nothing was concluded.`;
}

function offerSwitch({ result: found, steps }, { contracts, witness }) {
  if (found !== "wrong-chain" || !witness.provider || steps.at(-1).name !== "blocks") return;
  const button = h("button", { class: "button quiet", type: "button" },
    `Switch the wallet to chain ${contracts.chain_id}`);
  button.addEventListener("click", async () => {
    try {
      await switchChain(witness.provider, contracts.chain_id);
      await run(() => last);
    } catch (error) {
      refuse(error);
    }
  });
  result.append(h("p", { class: "actions" }, button));
}

function restore() {
  const rpc = kept()?.rpc;
  if (!rpc) return;
  byId("rpc").value = rpc;
  root.querySelector("[name=witness][value=rpc]").checked = true;
}

function witnessFields() {
  const kind = root.querySelector("[name=witness]:checked").value;
  const value = (id) => byId(id).value;
  return { kind, blocks: value("blocks"), rpc: value("rpc"), wallet: value("wallet") };
}

function showWitness() {
  const { kind } = witnessFields();
  for (const field of root.querySelectorAll("[data-for]")) field.hidden = field.dataset.for !== kind;
}

function listWallets(found) {
  const options = found.map(({ id, name }) => h("option", { value: id }, name));
  byId("wallet").replaceChildren(...(options.length ? options : [h("option", {}, "none found")]));
}

function clearFiles() {
  byId("file").value = "";
  byId("pasted").value = "";
}

function droppable(zone) {
  const isOver = (over) => (over ? zone.setAttribute("data-over", "") : zone.removeAttribute("data-over"));
  for (const name of ["dragenter", "dragover"]) {
    zone.ownerDocument.addEventListener(name, (event) => {
      event.preventDefault(); // else the browser would leave the page and open the file
      isOver(true);
    });
  }
  zone.ownerDocument.addEventListener("dragleave", () => isOver(false));
  zone.ownerDocument.addEventListener("drop", (event) => {
    event.preventDefault();
    isOver(false);
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    clearFiles();
    byId("cid").value = "";
    run(() => fromFile(file));
  });
}
