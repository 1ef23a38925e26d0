// Chooses anew while the deadline is moved: what it chooses by is in the page.
const panel = document.getElementById("choice");
const content = document.getElementById("options");
const slide = document.getElementById("slide");
const written = document.getElementById("deadline");

const UNITS = { ms: 1e-3, s: 1, min: 60, h: 3600 };

function secondsOf(text) {
  const match = /^([0-9.]+)\s*([a-z]*)$/i.exec(text.trim());
  const unit = UNITS[(match?.[2] || "s").toLowerCase()];
  return match && unit ? Number(match[1]) * unit : NaN;
}

function said(seconds) {
  const digits = seconds < 10 ? 2 : seconds < 100 ? 1 : 0;
  return `${seconds.toFixed(digits)} s`;
}

function begin() {
  const options = JSON.parse(content.textContent);
  const times = options.map((each) => each.sure).filter((each) => each !== null);
  if (times.length === 0) return;
  const { confidence, budget } = panel.dataset;
  const most = budget === undefined ? Infinity : Number(budget);
  const parts = new Map([...panel.querySelectorAll("[data-choice]")].map((each) => [each.dataset.choice, each]));
  const copy = panel.querySelector(".copy");
  const rows = [...document.querySelectorAll("[data-cluster]")];
  const figure = document.getElementById("figure-curve");

  function choose(deadline) {
    const keeps = ({ sure, cost, sureCost }) => sure !== null && cost !== null && sure <= deadline && sureCost <= most;
    const best = options.filter(keeps).reduce((one, other) => (one && one.cost <= other.cost ? one : other), null);
    const shown = best ?? options.reduce((one, other) => ((one.sure ?? Infinity) <= (other.sure ?? Infinity) ? one : other));
    for (const name of ["cluster", "runtime", "by", "price", "submit"]) parts.get(name).textContent = shown[name];
    copy.dataset.copy = shown.submit;
    parts.get("says").textContent = best
      ? `The cheapest cluster that ends within ${said(deadline)} in ${confidence} of 100 runs.`
      : `Nothing ends within ${said(deadline)} in ${confidence} of 100 runs; this comes nearest.`;
    for (const row of rows) row.classList.toggle("chosen", row.dataset.cluster === shown.cluster);
  }

  function draw(deadline) {
    const drawn = JSON.parse(figure.textContent);
    const line = { name: "deadline", type: "line", xref: "paper", x0: 0, x1: 1, y0: deadline, y1: deadline, line: { color: "@bad", width: 1.5, dash: "dash" } };
    drawn.layout.shapes = [line];
    figure.textContent = JSON.stringify(drawn);
    document.querySelector('[data-chart="curve"]').dispatchEvent(new Event("figurechange"));
  }

  const [least, longest] = [Math.min(...times), Math.max(...times)];
  const asked = secondsOf(written.value);
  slide.min = String(least * 0.9);
  slide.max = String(Math.max(longest * 1.05, asked || 0));
  slide.value = String(asked || longest * 1.05);
  const at = document.getElementById("slide-at");
  const tell = () => {
    at.textContent = said(Number(slide.value));
    slide.setAttribute("aria-valuetext", at.textContent);
  };
  tell();
  slide.closest("[hidden]").hidden = false;
  slide.addEventListener("input", () => {
    const deadline = Number(slide.value);
    tell();
    written.value = at.textContent;
    choose(deadline);
    draw(deadline);
  });
  slide.addEventListener("change", () => {
    const address = new URL(location.href);
    address.searchParams.set("deadline", written.value);
    history.replaceState(history.state, "", address);
  });
}

if (panel && content) begin();
