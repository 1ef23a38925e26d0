// The fields of the ledger that the visitor means, and where their values come from.
import { byId } from "./elements.js";
import { forget, keep, kept, LEDGER_FIELDS, ledgerOf, sameLedger } from "./trust.js";

export class LedgerForm {
  // suggested: the ledger that the server says it follows, as texts
  constructor(suggested) {
    this.suggested = suggested;
    this.onKept = () => {};
    this.fill(kept()?.ledger ?? suggested);
    for (const name of LEDGER_FIELDS) byId(name).addEventListener("input", () => this.describe());
    byId("keep").addEventListener("click", () => this.keepThese());
    byId("forget").addEventListener("click", () => {
      forget();
      this.fill(this.suggested);
    });
  }

  read() {
    return ledgerOf(this.texts());
  }

  // Whether the visitor vouches for it: kept, or typed over what the server named.
  isConfirmed() {
    const given = this.texts();
    return [kept()?.ledger].some((known) => known && sameLedger(known, given)) ||
      !sameLedger(this.suggested, given);
  }

  keepThese() {
    const shown = byId("problem");
    try {
      keep(this.read(), byId("rpc").value.trim());
    } catch (error) {
      shown.textContent = error.message;
      shown.hidden = false;
      byId(error.field)?.focus();
      return;
    }
    shown.hidden = true;
    this.describe();
    byId("announcer").textContent = "Kept";
    this.onKept();
  }

  fill(values) {
    for (const name of LEDGER_FIELDS) byId(name).value = values[name];
    this.describe();
  }

  describe() {
    const given = this.texts();
    const known = kept();
    const source = byId("ledger-source");
    const [kind, text] = this.sourceOf(given, known);
    source.className = `notice ${kind}`;
    source.textContent = text;
    byId("forget").hidden = known === null;
    byId("ledger-brief").textContent =
      `chain ${given.chain_id}, ${given.registry.slice(0, 8)}…` +
      (this.isConfirmed() ? "" : ", as this server says");
    byId("ledger").open ||= kind === "bad";
  }

  sourceOf(given, known) {
    if (known && !sameLedger(known.ledger, this.suggested)) {
      return [
        "bad",
        `This server now names other contracts than those you kept on ${known.since}. ` +
          (sameLedger(known.ledger, given) ? "Yours are used." : "Those in the fields are used."),
      ];
    }
    if (known && sameLedger(known.ledger, given)) {
      return ["good", `Kept in this browser on ${known.since}, at your word.`];
    }
    if (sameLedger(this.suggested, given)) {
      return ["warn", "This server filled them in, and nobody has confirmed them yet."];
    }
    return ["", "As you typed them; not kept."];
  }

  texts() {
    return Object.fromEntries(LEDGER_FIELDS.map((name) => [name, byId(name).value.trim()]));
  }
}
