// Remembers prices in this browser, for the pages whose address does not name any.
const KEY = "perfledger.prices";
const PREFIX = "usd.";
const form = document.getElementById("prices");

function read() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return found !== null && typeof found === "object" ? found : {};
  } catch {
    return {}; // no storage, or somebody else's content
  }
}

const fields = form ? [...form.querySelectorAll("[data-price]")] : [];
const typeOf = (field) => field.name.slice(PREFIX.length);
const remembered = read();
const given = fields.filter((field) => field.value.trim());

if (given.length > 0) {
  for (const field of given) remembered[typeOf(field)] = field.value.trim();
  try {
    localStorage.setItem(KEY, JSON.stringify(remembered));
  } catch {
    // without storage the address still has them
  }
} else {
  const known = fields.filter((field) => typeof remembered[typeOf(field)] === "string");
  const address = new URL(location.href);
  const asked = [...address.searchParams.keys()].some((name) => name.startsWith(PREFIX));
  if (known.length > 0 && !asked) {
    for (const field of known) address.searchParams.set(field.name, remembered[typeOf(field)]);
    location.replace(address);
  }
}
