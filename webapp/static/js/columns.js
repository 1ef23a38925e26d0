// Shows what comes of the columns as they are chosen, while they are chosen.
const form = document.getElementById("columns");
const tried = document.getElementById("tried");
const PAUSE_MS = 250;

let waiting = null;
let asked = 0;

async function show() {
  const turn = ++asked;
  tried.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.try, { method: "POST", body: new FormData(form) });
    const html = await answer.text();
    if (turn !== asked) return;
    const shown = new DOMParser().parseFromString(html, "text/html");
    const problem = shown.querySelector(".problem h1");
    if (answer.ok) tried.replaceChildren(...shown.body.childNodes);
    else tried.textContent = problem ? problem.textContent : "The app does not answer; what is shown may be old.";
  } catch {
    if (turn === asked) tried.textContent = "The app does not answer; change something to ask again.";
  } finally {
    if (turn === asked) tried.removeAttribute("aria-busy");
  }
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, PAUSE_MS);
});
