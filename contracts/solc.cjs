// As much of solc's command line as py-solc-x and Slither use, answered by npm's solc. The compiler
// is the same, compiled to WebAssembly, and gives the same bytecode. Files are read only where
// --allow-paths is given, and only below the folder it names.
"use strict";

const { readFileSync, writeSync } = require("node:fs");
const { resolve, sep } = require("node:path");
const solc = require("solc");

function print(text) {
  const bytes = Buffer.from(text);
  // A pipe takes what it has room for; process.stdout would drop the rest on exit.
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += writeSync(1, bytes, sent);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function imported(folder, path) {
  const file = resolve(folder, path);
  if (!file.startsWith(resolve(folder) + sep)) return { error: `${path} is outside ${folder}` };
  try {
    return { contents: readFileSync(file, "utf8") };
  } catch (error) {
    return { error: error.message };
  }
}

function compiled(input) {
  const allowed = process.argv.indexOf("--allow-paths");
  if (allowed < 0) return solc.compile(input);
  return solc.compile(input, { import: (path) => imported(process.argv[allowed + 1], path) });
}

if (process.argv.includes("--version")) {
  print(`Version: ${solc.version()}\n`);
} else if (process.argv.includes("--standard-json")) {
  print(compiled(readFileSync(0, "utf8")));
} else {
  process.stderr.write("expected --version or --standard-json\n");
  process.exitCode = 1;
}
