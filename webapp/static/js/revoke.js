// Revoking a record with its contributor's wallet: choose it, see what it costs, send. Each fault has a way on.
import { post } from "./ask.js";
import { walletCard } from "./wallet_card.js";
import { isRefusal, wordsFor } from "./wallet.js";

const { card, part, fact, say, offer, listWallets } = walletCard({
  standing: () => standing(),
  lost: (action) => [
    ["Try again", action],
    ["See where it stands", see, true],
    ["Choose a wallet", choose, true],
  ],
});
const chain = JSON.parse(card.dataset.chain);
const { contributor } = card.dataset;
const remembered = `perfledger-revocation-${card.dataset.cid}`;
const ASKED = "asked";
const HASH = /^0x[0-9a-fA-F]{64}$/;
const WEI_PER_GWEI = 10n ** 9n;
const GWEI_PER_ETHER = 1e9;

let wallet = null;
let call = null;

function choose() {
  wallet = null;
  part("choose").hidden = false;
  part("facts").hidden = true;
  offer();
}

const isContributor = () => wallet.account?.toLowerCase() === contributor.toLowerCase();

// What is in the way, as the wallet stands; nothing: the empty text.
function obstacle() {
  if (!wallet.account) return "The wallet gives no account. Unlock it, and connect again.";
  if (!isContributor()) return `Only ${contributor} can revoke this record, and the wallet is on ${wallet.account}. Choose that account in the wallet, and connect again.`;
  if (!wallet.isOn(chain)) return `The wallet is on another network than this ledger, ${chain.chainName}.`;
  return "";
}

// What can be done now.
function standing() {
  if (!wallet) return choose();
  part("choose").hidden = true;
  part("facts").hidden = false;
  fact("account", wallet.account ?? "none: the wallet is locked");
  fact("network", wallet.isOn(chain) ? `${chain.chainName} (chain id ${Number(chain.chainId)})` : "another one");
  const other = ["Choose another wallet", choose, true];
  if (!wallet.account || !isContributor()) return offer(["Connect again", connect], other);
  if (!wallet.isOn(chain)) return offer([`Switch to ${chain.chainName}`, goThere], other);
  if (!call) return offer(["Go on", advance], other);
  return offer(["Revoke this record", revoke], other);
}

async function connect() {
  say(`Look at ${wallet.name}: it asks whether this page may see an account.`);
  await wallet.connect(() => {
    say(obstacle() || "The wallet has changed its account or network; see below.", "warn");
    standing();
  });
  await advance();
}

async function goThere() {
  say(`Look at ${wallet.name}: it asks whether to go to ${chain.chainName}.`);
  await wallet.goTo(chain);
  await advance();
}

async function advance() {
  if (obstacle()) {
    say(obstacle(), "warn");
    return standing();
  }
  say("Reading the record's place in its batch…");
  call ??= await post(card.dataset.call, card.dataset.csrf);
  fact("contract", call.to);
  fact("cost", `${ether(call.fee_wei)} ETH (${call.gas.toLocaleString("en").replaceAll(",", "\u202f")} gas at the present price)`);
  say("");
  standing();
}

const ether = (wei) => (Number(BigInt(wei) / WEI_PER_GWEI) / GWEI_PER_ETHER).toPrecision(2);

async function revoke() {
  await wallet.refresh();
  if (obstacle()) return advance();
  say(`Look at ${wallet.name}: it shows the transaction. Confirming it revokes the record for good.`);
  localStorage.setItem(remembered, ASKED);
  let hash;
  try {
    hash = await wallet.send({
      to: call.to, data: call.data, value: "0x0", gas: `0x${call.gas.toString(16)}`, chainId: chain.chainId,
    });
  } catch (error) {
    if (isRefusal(error)) {
      localStorage.removeItem(remembered);
      throw error;
    }
    throw Object.assign(new Error(`${wordsFor(error)} Look in the wallet whether the transaction was sent all the same, before you send it again.`), { spoken: true });
  }
  if (!HASH.test(hash)) {
    throw Object.assign(new Error("The wallet gave no transaction hash. Look in it for what was sent."), { spoken: true });
  }
  localStorage.setItem(remembered, hash.toLowerCase());
  see();
}

function see() {
  const known = localStorage.getItem(remembered);
  location.assign(known && HASH.test(known) ? `${card.dataset.follow}?transaction=${known}` : card.dataset.follow);
}

listWallets((found) => {
  wallet = found;
  return connect();
});

choose();
const before = localStorage.getItem(remembered);
if (before === ASKED) {
  say("Your wallet was asked before, and this page has not heard its answer. If you confirmed, the transaction is on its way: look in the wallet before you send another.", "warn");
} else if (before && HASH.test(before)) {
  say("A transaction that revokes this record was sent from this browser.", "warn");
  offer(["Follow it", see], ["Forget it", () => {
    localStorage.removeItem(remembered);
    say("");
    choose();
  }, true]);
}
