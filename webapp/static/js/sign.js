// Signing an upload with a wallet: choose it, see what is signed, sign, send. Each fault has a way on.
import { RefusedError, post } from "./ask.js";
import { walletCard } from "./wallet_card.js";
import { wordsFor } from "./wallet.js";

const { card, part, fact, say, offer, listWallets } = walletCard({
  standing: () => standing(),
  lost: (action) => [["Try again", action], ["Choose a wallet", choose, true]],
});
const chain = JSON.parse(card.dataset.chain);
const remembered = `perfledger-signature-${card.dataset.token}`;
const TOO_MANY = 429;

let wallet = null;
let listed = null;
let signedParts = 0;

function choose() {
  wallet = null;
  part("choose").hidden = false;
  part("facts").hidden = true;
  offer();
}

// What can be done now, as wallet and list stand.
function standing() {
  if (!wallet) return choose();
  part("choose").hidden = true;
  part("facts").hidden = !listed;
  fact("account", wallet.account ?? "none: the wallet is locked");
  fact("network", wallet.isOn(chain) ? `${chain.chainName} (chain id ${Number(chain.chainId)})` : "another one");
  const other = ["Choose another wallet", choose, true];
  if (!wallet.account) return offer(["Connect again", connect], other);
  if (!wallet.isOn(chain)) return offer([`Switch to ${chain.chainName}`, goThere], other);
  if (!listed) return offer(["List what is to be signed", listAgain], other);
  return offer([`Sign ${records(listed.count)}`, sign], other);
}

function records(count) {
  return count === 1 ? "1 record" : `${count.toLocaleString("en").replaceAll(",", "\u202f")} records`;
}

async function connect() {
  say(`Look at ${wallet.name}: it asks whether this page may see an account.`);
  await wallet.connect(() => {
    say(wallet.account ? "The wallet has changed its account or network; see below." : "The wallet was locked or disconnected.", "warn");
    standing();
  });
  if (wallet.isOn(chain)) return listAgain();
  say(`The wallet is on another network than this ledger, ${chain.chainName}.`, "warn");
  standing();
}

async function goThere() {
  say(`Look at ${wallet.name}: it asks whether to go to ${chain.chainName}.`);
  await wallet.goTo(chain);
  if (!wallet.isOn(chain)) {
    say(`The wallet has stayed where it was. Choose ${chain.chainName} in it.`, "warn");
    return standing();
  }
  await listAgain();
}

async function list() {
  say("Reading the records…");
  const answer = await post(card.dataset.toSign, card.dataset.csrf);
  if (answer.follow) return location.assign(answer.follow);
  listed = answer;
  fact("count", records(answer.count));
  fact("root", answer.root);
  fact("contract", answer.typed_data.domain.verifyingContract);
  say(signedParts ? `Part ${signedParts} is contributed; the next one is to be signed.` : "");
}

async function listAgain() {
  await list();
  standing();
}

async function sign() {
  await wallet.refresh();
  if (!wallet.isOn(chain)) return standing();
  say(`Look at ${wallet.name}: it shows what you sign. Compare the root.`);
  const contributor = wallet.account;
  const signature = await wallet.signTyped(listed.typed_data);
  sessionStorage.setItem(remembered, JSON.stringify({ root: listed.root, contributor, signature }));
  await send();
}

// The signature outlives a lost connection and a reload: the app takes it once, however often it comes.
async function send() {
  const signed = JSON.parse(sessionStorage.getItem(remembered));
  say("Sending the signature…");
  let answer;
  try {
    answer = await post(card.dataset.signature, card.dataset.csrf, signed);
  } catch (error) {
    const settled = error instanceof RefusedError && error.status < 500 && error.status !== TOO_MANY;
    if (settled) {
      sessionStorage.removeItem(remembered);
      listed = null;
      say(error.message, "warn");
      return standing();
    }
    say(`${wordsFor(error)} Your signature is kept in this tab; send it again.`, "warn");
    return offer(["Send it again", send]);
  }
  sessionStorage.removeItem(remembered);
  signedParts += 1;
  listed = null;
  if (!answer.left) return location.assign(answer.follow);
  if (!wallet) {
    say("That part is contributed. Choose the wallet again for the next.");
    return choose();
  }
  await listAgain();
}

listWallets((found) => {
  wallet = found;
  return connect();
});

if (sessionStorage.getItem(remembered)) {
  say("A signature from before is here, and has not been sent to the end.", "warn");
  part("choose").hidden = false;
  offer(["Send it again", send], ["Forget it", () => {
    sessionStorage.removeItem(remembered);
    say("");
    choose();
  }, true]);
} else {
  choose();
}
