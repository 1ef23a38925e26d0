// Signing in with a wallet: it signs a message of this site, which is good once.
import { post } from "./ask.js";
import { discover, wordsFor } from "./wallet.js";

const card = document.getElementById("wallet");
const part = (name) => card.querySelector(`[data-part="${name}"]`);

function say(text, tone = "") {
  const says = part("says");
  says.className = `notice ${tone}`.trim();
  says.textContent = text;
  says.hidden = !text;
}

async function signIn(wallet) {
  say(`Look at ${wallet.name}: it asks for an account, and then to sign in.`);
  await wallet.connect(() => {});
  const { message } = await post(card.dataset.challenge, card.dataset.csrf, { account: wallet.account });
  const signature = await wallet.signText(message);
  await post(card.dataset.signIn, card.dataset.csrf, { signature });
  location.assign(card.dataset.then);
}

async function run(wallet) {
  const buttons = card.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  card.setAttribute("aria-busy", "true");
  try {
    await signIn(wallet);
  } catch (error) {
    say(`${wordsFor(error)} You are not signed in; choose the wallet again when you like.`, "bad");
  } finally {
    card.removeAttribute("aria-busy");
    for (const button of buttons) button.disabled = false;
  }
}

part("choose").hidden = false;
discover((wallet) => {
  part("none").hidden = true;
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet";
  button.textContent = wallet.name;
  button.addEventListener("click", () => run(wallet));
  item.append(button);
  part("wallets").append(item);
});
