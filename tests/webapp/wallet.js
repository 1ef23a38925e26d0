// A wallet for tests: announces itself (EIP-6963) and has Python answer each request (EIP-1193).
{
  const listeners = {};
  const provider = {
    async request({ method, params }) {
      const answer = await window.askTestWallet(method, params ?? []);
      if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
      return answer.result;
    },
    on(name, listener) {
      (listeners[name] ??= []).push(listener);
    },
  };
  const info = { uuid: "5f0c7a52-6f5e-4a5e-8a11-0d1d0f6b2a10", name: "Test Wallet", icon: "data:,", rdns: "test.wallet" };
  window.emitFromTestWallet = (name, value) => (listeners[name] ?? []).forEach((listener) => listener(value));
  if (window.testWalletIsOld) {
    window.ethereum = provider;
  } else {
    const announce = () => window.dispatchEvent(
      new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }),
    );
    window.addEventListener("eip6963:requestProvider", announce);
    announce();
  }
}
