// Keeps the page of a contribution up to date by asking for it again.
import { enable } from "./copy.js";

const FIRST_MS = 1000;
const SLOWEST_MS = 10000;

async function fresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return null;
  return new DOMParser().parseFromString(await response.text(), "text/html").getElementById("follow");
}

async function follow(pause) {
  const shown = document.getElementById("follow");
  if (!shown || shown.dataset.settled === "true") return;
  await new Promise((resolve) => setTimeout(resolve, pause));
  let next = null;
  try {
    next = document.hidden ? null : await fresh();
  } catch {
    // The node is restarting, perhaps; the contribution is on its disk.
  }
  const changed = next !== null && next.innerHTML !== shown.dataset.seen;
  if (changed) {
    const seen = next.innerHTML;
    next.dataset.seen = seen;
    shown.replaceWith(next);
    enable(next);
  }
  await follow(changed ? FIRST_MS : Math.min(pause * 1.3, SLOWEST_MS));
}

await follow(FIRST_MS);
