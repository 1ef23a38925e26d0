// As much of solc's command line as py-solc-x uses, answered by npm's solc. The compiler is the
// same, compiled to WebAssembly, and gives the same bytecode.
"use strict";

const { readFileSync, writeSync } = require("node:fs");
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

if (process.argv.includes("--version")) {
  print(`Version: ${solc.version()}\n`);
} else if (process.argv.includes("--standard-json")) {
  print(solc.compile(readFileSync(0, "utf8")));
} else {
  process.stderr.write("expected --version or --standard-json\n");
  process.exitCode = 1;
}
