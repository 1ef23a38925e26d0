// The statements that contributors and validators sign: EIP-712 typed data, canonical by EIP-2.
import { secp256k1 } from "@noble/curves/secp256k1.js";

import { addressOf, bytesOf } from "./address.js";
import { concat, toBigInt, toHex, word } from "./bytes.js";
import { keccak, keccakOfText } from "./hashes.js";

const FIELDS = {
  EIP712Domain: [
    ["name", "string"],
    ["version", "string"],
    ["chainId", "uint256"],
    ["verifyingContract", "address"],
  ],
  Submission: [["root", "bytes32"], ["count", "uint32"]],
  Verdicts: [
    ["batchId", "bytes32"],
    ["sequence", "uint32"],
    ["verdictRoot", "bytes32"],
    ["accepted", "uint32"],
    ["rejected", "uint32"],
  ],
};

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

const domain = (chainId, verifyingContract) => ({
  name: "perfledger",
  version: "1",
  chainId,
  verifyingContract,
});

export const submission = (contracts, root, count) => ({
  domain: domain(contracts.chain_id, contracts.registry),
  type: "Submission",
  message: { root, count },
});

export const verdicts = (contracts, message) => ({
  domain: domain(contracts.chain_id, contracts.attestations),
  type: "Verdicts",
  message,
});

// The 32 bytes that are signed.
export const digestOf = (statement) =>
  keccak(
    concat(
      Uint8Array.of(0x19, 0x01),
      structHash("EIP712Domain", statement.domain),
      structHash(statement.type, statement.message),
    ),
  );

// The statement as eth_signTypedData_v4 takes it.
export const typedData = (statement) => ({
  domain: statement.domain,
  primaryType: statement.type,
  types: Object.fromEntries(
    ["EIP712Domain", statement.type].map((type) => [
      type,
      FIELDS[type].map(([name, kind]) => ({ name, type: kind })),
    ]),
  ),
  message: Object.fromEntries(
    Object.entries(statement.message).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? toHex(value) : value,
    ]),
  ),
});

// The address that signed, or null where the signature is malformed or malleable.
export function signerOf(statement, signature) {
  const recovery = signature[64] - 27;
  const isCanonical = toBigInt(signature.slice(32, 64)) <= HALF_ORDER;
  if (signature.length !== 65 || (recovery !== 0 && recovery !== 1) || !isCanonical) return null;
  try {
    const point = secp256k1.Signature.fromBytes(signature.slice(0, 64), "compact")
      .addRecoveryBit(recovery)
      .recoverPublicKey(digestOf(statement));
    return addressOf(keccak(point.toBytes(false).slice(1)).slice(12));
  } catch {
    return null; // no point of the curve, or a number outside of the group
  }
}

function structHash(type, values) {
  const members = FIELDS[type].map(([name, kind]) => `${kind} ${name}`);
  return keccak(
    concat(
      keccakOfText(`${type}(${members.join(",")})`),
      ...FIELDS[type].map(([name, kind]) => encoded(kind, values[name])),
    ),
  );
}

function encoded(kind, value) {
  if (kind === "string") return keccakOfText(value);
  if (kind === "address") return word(bytesOf(value));
  return word(value);
}
