// Reads a list of {types, values} from stdin and answers with each tree's root and proofs, in the
// order of the values, as OpenZeppelin's library makes them. With {root, types, leaf, proof} it
// answers whether the proof holds.
"use strict";

const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { StandardMerkleTree } = createRequire(process.argv[2])("@openzeppelin/merkle-tree");

function built({ types, values }) {
  const tree = StandardMerkleTree.of(values, types);
  const places = new Map([...tree.entries()].map(([place, value]) => [JSON.stringify(value), place]));
  const proofs = values.map((value) => tree.getProof(places.get(JSON.stringify(value))));
  return { root: tree.root, proofs };
}

function answer(question) {
  if (!question.proof) return built(question);
  return StandardMerkleTree.verify(question.root, question.types, question.leaf, question.proof);
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answer)));
