// Choosing or dropping files, and sending them with their progress to be seen.
const form = document.getElementById("upload-form");
const problem = document.getElementById("upload-problem");
const progress = document.getElementById("upload-progress");
const chosen = document.getElementById("upload-chosen");
const file = document.getElementById("file");
const text = document.getElementById("text");
const button = form.querySelector("button[type=submit]");
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

function sentence(said) {
  return `${said[0].toUpperCase()}${said.slice(1)}${/[.!?]$/.test(said) ? "" : "."}`;
}

function say(said) {
  problem.textContent = said;
  problem.hidden = !said;
}

function list() {
  const names = [...file.files].map((each) => each.name);
  chosen.textContent = names.length > 1 ? `${names.length} files: ${names.join(", ")}` : names.join("");
  chosen.hidden = !names.length;
}

function faultOf() {
  const most = Number(form.dataset.most);
  const given = [...file.files].reduce((sum, each) => sum + each.size, 0) || new Blob([text.value]).size;
  if (!given) return "There is nothing to read: choose a file, or paste rows with their header.";
  if (given <= most) return "";
  return `That is ${megabytes(given)}; at most ${megabytes(most)} are taken here. ` +
    "Use `perfledger import`, which reads files of any size.";
}

function send() {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.querySelector("progress").value = event.loaded / event.total;
    if (event.loaded === event.total) progress.querySelector("label").textContent = "Reading the rows…";
  });
  request.addEventListener("load", () => finish(request));
  request.addEventListener("error", () => idle("The connection was lost, and nothing was kept. Send it again."));
  request.send(new FormData(form));
}

function finish(request) {
  let answer = {};
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    // A proxy in between answers in its own words.
  }
  if (request.status < 400 && answer.next) return location.assign(answer.next);
  const said = [answer.detail, answer.hint].filter(Boolean).map(sentence).join(" ");
  return idle(said || `The app answers ${request.status}; nothing was kept. Send it again.`);
}

function idle(said) {
  progress.hidden = true;
  button.disabled = false;
  form.removeAttribute("aria-busy");
  say(said);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  say(faultOf());
  if (!problem.hidden) return;
  button.disabled = true;
  form.setAttribute("aria-busy", "true");
  progress.hidden = false;
  progress.querySelector("progress").value = 0;
  progress.querySelector("label").textContent = "Sending…";
  send();
});

file.addEventListener("change", list);

for (const kind of ["dragenter", "dragover"]) {
  form.addEventListener(kind, (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    form.dataset.dropping = "";
  });
}
form.addEventListener("dragleave", (event) => {
  if (!form.contains(event.relatedTarget)) delete form.dataset.dropping;
});
form.addEventListener("drop", (event) => {
  delete form.dataset.dropping;
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  file.files = event.dataTransfer.files;
  list();
});
