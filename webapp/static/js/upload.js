// Says that a file is too large before it is sent.
const form = document.getElementById("upload-form");
const problem = document.getElementById("upload-problem");
const file = document.getElementById("file");
const text = document.getElementById("text");
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

form?.addEventListener("submit", (event) => {
  const most = Number(form.dataset.most);
  const given = file.files[0]?.size ?? new Blob([text.value]).size;
  let said = "";
  if (!given) said = "There is nothing to read: choose a file, or paste rows with their header.";
  if (given > most) {
    said = `That is ${megabytes(given)}; at most ${megabytes(most)} are taken here. ` +
      "Use `perfledger import`, which reads files of any size.";
  }
  problem.textContent = said;
  problem.hidden = !said;
  if (said) event.preventDefault();
});
