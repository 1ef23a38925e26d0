// A chart as a file: its table as CSV, its drawing as SVG or PNG. All of it is made in the page.
const PNG_SCALE = 2;
const FORMULA = /^[=+\-@\t\r]/;

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP).
function cell(text) {
  const safe = FORMULA.test(text) && !/^-?[\d\s.]+$/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csv(table) {
  const lines = [...table.rows].map((row) =>
    [...row.cells].map(({ textContent }) => cell(textContent.trim().replace(/[\u202f\u00a0]/g, " "))).join(","),
  );
  save(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv;charset=utf-8" }), `${table.dataset.name}.csv`);
}

async function svgOf(plot) {
  const { width, height } = plot.getBoundingClientRect();
  const drawn = await Plotly.toImage(plot, { format: "svg", width, height, imageDataOnly: true });
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim();
  return { width, height, text: drawn.replace(/(<svg[^>]*>)/, `$1<rect width="100%" height="100%" fill="${ground}"/>`) };
}

async function png(plot) {
  const { width, height, text } = await svgOf(plot);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`; // the policy lets no blob: be an image
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * PNG_SCALE;
  canvas.height = height * PNG_SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

export async function download(kind, plot) {
  const name = plot.dataset.chart;
  if (kind === "csv") return csv(plot.closest(".chart").querySelector(".chart-table table"));
  if (kind === "svg") return save(new Blob([(await svgOf(plot)).text], { type: "image/svg+xml" }), `${name}.svg`);
  return save(await png(plot), `${name}.png`);
}
