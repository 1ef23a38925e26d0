// Copy buttons beside hashes; without scripts they stay hidden.
const SHOWN_MS = 1500;

export function enable(within) {
  for (const button of within.querySelectorAll(".copy")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.(".copy");
  if (!button) return;
  const announcer = document.getElementById("announcer");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    announcer.textContent = "Copying is not allowed here.";
    return;
  }
  button.dataset.copied = "";
  announcer.textContent = "Copied";
  setTimeout(() => {
    delete button.dataset.copied;
    announcer.textContent = "";
  }, SHOWN_MS);
});

enable(document);
