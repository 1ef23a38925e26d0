// The card of a page on which something is asked of a wallet: what it says, and the buttons that lead on.
import { LostError, RefusedError } from "./ask.js";
import { discover, wordsFor } from "./wallet.js";

// Of `standing` (offers what can be done now) and `lost` (the buttons after a connection was lost, or
// the wallet or the app refused an action).
export function walletCard({ standing, lost }) {
  const card = document.getElementById("wallet");
  const part = (name) => card.querySelector(`[data-part="${name}"]`);

  function say(text, tone = "") {
    const says = part("says");
    says.className = `notice ${tone}`.trim();
    says.textContent = text;
    says.hidden = !text;
  }

  // One thing is asked of the wallet or the app at a time.
  async function run(action) {
    for (const button of card.querySelectorAll("button")) button.disabled = true;
    card.setAttribute("aria-busy", "true");
    try {
      await action();
    } catch (error) {
      say(wordsFor(error), "bad");
      if (error instanceof LostError || error instanceof RefusedError) offer(...lost(action));
      else standing();
    } finally {
      card.removeAttribute("aria-busy");
      for (const button of card.querySelectorAll("button")) button.disabled = false;
    }
  }

  function buttonOf([label, action, quiet]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = quiet ? "button quiet" : "button";
    button.textContent = label;
    button.addEventListener("click", () => run(action));
    return button;
  }

  function offer(...buttons) {
    part("actions").replaceChildren(...buttons.map(buttonOf));
  }

  // The wallets of this browser, as they make themselves known; `choose` is given the chosen one.
  function listWallets(choose) {
    discover((found) => {
      part("none").hidden = true;
      const item = document.createElement("li");
      item.append(buttonOf([found.name, () => choose(found), true]));
      part("wallets").append(item);
    });
  }

  function fact(name, text) {
    card.querySelector(`[data-fact="${name}"]`).textContent = text;
  }

  return { card, part, fact, say, offer, listWallets };
}
