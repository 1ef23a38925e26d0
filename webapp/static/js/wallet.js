// A visitor's wallet (EIP-1193): found by EIP-6963, asked, and its refusals put into words.
const WINDOW_WALLET = "the browser's wallet";
const MOST_CHARACTERS = 200;
const UNKNOWN_CHAIN = 4902;
const ASKED_ALREADY = -32002;
const REFUSED = 4001;

const WORDS = {
  [REFUSED]: "You refused in the wallet. Nothing was sent; ask again whenever you like.",
  4100: "The wallet does not let this page use that account. Connect it again.",
  4200: "This wallet cannot do that. Choose another one.",
  4900: "The wallet has no connection to any network. Look at it, then try again.",
  4901: "The wallet has no connection to this ledger's network. Look at it, then try again.",
  [-32601]: "This wallet cannot do that. Choose another one.",
  [ASKED_ALREADY]: "The wallet has a question open already. Answer it in the wallet's own window.",
};

// Calls `found` with each wallet, now and later; one that announces itself twice comes once.
export function discover(found) {
  const seen = new Set();
  window.addEventListener("eip6963:announceProvider", (event) => {
    const { info, provider } = event.detail ?? {};
    if (!info?.uuid || !provider?.request || seen.has(info.uuid)) return;
    seen.add(info.uuid);
    found(new Wallet(provider, String(info.name || "A wallet").slice(0, 60), String(info.rdns ?? "")));
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  setTimeout(() => {
    if (!seen.size && window.ethereum?.request) found(new Wallet(window.ethereum, WINDOW_WALLET, ""));
  }, 300);
}

export function inWords(error) {
  const code = codeOf(error);
  if (code in WORDS) return WORDS[code];
  const said = String(error?.message ?? error ?? "").slice(0, MOST_CHARACTERS);
  return said ? `The wallet says: ${said}` : "The wallet did not answer.";
}

export class NoAccountError extends Error {
  constructor() {
    super("The wallet gives no account. Unlock it, choose an account, and connect again.");
    this.spoken = true;
  }
}

export class Wallet {
  constructor(provider, name, rdns) {
    this.provider = provider;
    this.name = name;
    this.rdns = rdns;
    this.account = null;
    this.chainId = null;
  }

  // Asks for an account; calls `changed` whenever account, network or connection are others.
  async connect(changed) {
    await this.#ask("eth_requestAccounts").then((accounts) => this.#use(accounts));
    await this.refresh();
    this.provider.on?.("accountsChanged", (accounts) => {
      this.#use(accounts, true);
      changed();
    });
    this.provider.on?.("chainChanged", (chainId) => {
      this.chainId = number(chainId);
      changed();
    });
    this.provider.on?.("disconnect", () => {
      this.chainId = null;
      changed();
    });
  }

  // What it is on now, which it need not have told.
  async refresh() {
    const accounts = await this.#ask("eth_accounts");
    this.#use(accounts);
    this.chainId = number(await this.#ask("eth_chainId"));
  }

  isOn(chain) {
    return this.chainId === number(chain.chainId);
  }

  // Has it go to a network, which it is told of if it does not know it (EIP-3326, EIP-3085).
  async goTo(chain) {
    try {
      await this.#ask("wallet_switchEthereumChain", [{ chainId: chain.chainId }]);
    } catch (error) {
      if (codeOf(error) !== UNKNOWN_CHAIN) throw error;
      if (!chain.rpcUrls.length) {
        throw Object.assign(new Error(
          `The wallet does not know the network ${chain.chainName} (chain id ${number(chain.chainId)}). ` +
          "Add it in the wallet by hand, then try again.",
        ), { spoken: true });
      }
      await this.#ask("wallet_addEthereumChain", [chain]);
    }
    await this.refresh();
  }

  signTyped(typedData) {
    return this.#ask("eth_signTypedData_v4", [this.account, JSON.stringify(typedData)]);
  }

  signText(text) {
    const hex = [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0"));
    return this.#ask("personal_sign", [`0x${hex.join("")}`, this.account]);
  }

  send(transaction) {
    return this.#ask("eth_sendTransaction", [{ ...transaction, from: this.account }]);
  }

  ask(method, params) {
    return this.#ask(method, params);
  }

  #use(accounts, maybeNone = false) {
    this.account = Array.isArray(accounts) && accounts.length ? String(accounts[0]) : null;
    if (!this.account && !maybeNone) throw new NoAccountError();
  }

  #ask(method, params) {
    return this.provider.request(params ? { method, params } : { method });
  }
}

export const isRefusal = (error) => codeOf(error) === REFUSED;

export function wordsFor(error) {
  return error?.spoken ? error.message : inWords(error);
}

function codeOf(error) {
  return error?.data?.originalError?.code ?? error?.code;
}

function number(chainId) {
  return Number(chainId);
}
