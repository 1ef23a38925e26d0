// Remembers, from page to page, which records were chosen to be compared.
const KEY = "perfledger.compare";
const MOST = 6;
const tray = document.getElementById("tray");

function read() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found)
      ? found.filter(({ of, label }) => typeof of === "string" && typeof label === "string").slice(0, MOST)
      : [];
  } catch {
    return []; // no storage, or somebody else's content
  }
}

function write(chosen) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // without storage the tray lasts as long as the page
  }
  show(chosen);
}

const say = (text) => (document.getElementById("announcer").textContent = text);

let chosen = read();

function toggle(of, label) {
  const without = chosen.filter((each) => each.of !== of);
  if (without.length < chosen.length) {
    chosen = without;
    say(`${label} is no longer chosen`);
  } else if (chosen.length >= MOST) {
    say(`At most ${MOST} can be compared`);
  } else {
    chosen = [...chosen, { of, label }];
    say(`${label} is chosen, ${chosen.length} in all`);
  }
  write(chosen);
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function item({ of, label }) {
  const remove = element("button", { type: "button", className: "chip", textContent: `${label} ×` });
  remove.setAttribute("aria-label", `Remove ${label}`);
  remove.addEventListener("click", () => toggle(of, label));
  return element("li", {}, remove);
}

function show() {
  for (const box of document.querySelectorAll("input.pick")) {
    box.checked = chosen.some(({ of }) => of === box.value);
  }
  for (const button of document.querySelectorAll("[data-pick]")) {
    const there = chosen.some(({ of }) => of === button.dataset.pick);
    button.hidden = false;
    button.textContent = there ? "Chosen to compare ✓" : "Choose to compare";
    button.setAttribute("aria-pressed", String(there));
  }
  tray.hidden = chosen.length === 0;
  const query = new URLSearchParams(chosen.map(({ of }) => ["of", of]));
  const go = element("a", {
    className: "button",
    href: `${tray.dataset.compare}?${query}`,
    textContent: chosen.length > 1 ? `Compare ${chosen.length}` : "Choose one more",
  });
  const clear = element("button", { type: "button", className: "button quiet", textContent: "Clear" });
  clear.addEventListener("click", () => {
    chosen = [];
    write(chosen);
  });
  tray.replaceChildren(element("ul", {}, ...chosen.map(item)), go, clear);
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches("input.pick")) return;
  toggle(target.value, target.dataset.label);
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-pick]");
  if (button) toggle(button.dataset.pick, button.dataset.label);
});
// The tray has the same button, and remembers other pages' choices as well.
for (const form of document.querySelectorAll(".compare-form")) form.hidden = true;
show();
