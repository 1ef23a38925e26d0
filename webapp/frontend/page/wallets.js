// Wallets in this browser: those that announce themselves (EIP-6963), else the one in window.ethereum.
const found = new Map();

export function onWallets(changed) {
  window.addEventListener("eip6963:announceProvider", ({ detail }) => {
    if (!detail?.info?.uuid || !detail.provider) return;
    found.set(detail.info.uuid, { name: String(detail.info.name), provider: detail.provider });
    changed(wallets());
  });
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  changed(wallets());
}

export function wallets() {
  if (found.size || !window.ethereum) return [...found].map(([id, wallet]) => ({ id, ...wallet }));
  return [{ id: "injected", name: "Browser wallet", provider: window.ethereum }];
}

export const walletEndpoint = (provider) => (call) => provider.request(call);

// Asks the wallet to go to a chain (EIP-3326).
export const switchChain = (provider, chainId) =>
  provider.request({
    method: "wallet_switchEthereumChain",
    params: [{ chainId: "0x" + chainId.toString(16) }],
  });
