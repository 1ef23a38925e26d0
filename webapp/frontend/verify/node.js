// The chain by a node's answers, all of them as of one block.
import { bytesOf } from "./address.js";
import { data, listIn, logOf, NodeError, objectIn, quantity } from "./answers.js";
import { concat, equal, toBigInt, toHex, word } from "./bytes.js";
import { digestIn } from "./cid.js";
import { ANCHORED, ATTESTED, decodeAnchored, decodeAttested } from "./events.js";
import { keccak, keccakOfText } from "./hashes.js";
import { Fault } from "./results.js";
import { SLASHED } from "./slots.js";

const COMMITMENT_BYTES = 28;

export class NodeEvidence {
  constructor(request, contracts) {
    this.request = request;
    this.contracts = contracts;
    this.head = 0n;
    this.headHash = "";
  }

  get restsOn() {
    return `the node's word at block ${this.head} (${this.headHash})`;
  }

  async establish() {
    const chainId = quantity(await this.request({ method: "eth_chainId", params: [] }));
    if (chainId !== this.contracts.chain_id) {
      throw new Fault("wrong-chain", "the node is on another chain", {
        found: chainId,
        trusted: this.contracts.chain_id,
      });
    }
    const head = await this.block("latest");
    if (head === null) throw new NodeError("the node has no latest block");
    this.head = quantity(head.number);
    this.headHash = toHex(data(head.hash));
    for (const name of ["registry", "validator_set", "attestations"]) {
      const address = this.contracts[name];
      const params = [address, numbered(this.head)];
      const code = data(await this.request({ method: "eth_getCode", params }));
      if (!code.length) throw new Fault("wrong-contract", `there is no contract at ${address}`);
    }
    return `the node knows the contracts at block ${this.head}`;
  }

  async anchor(place) {
    if (place.block > this.head) {
      throw new Fault("not-on-chain", `the chain has no block ${place.block} yet`);
    }
    const block = await this.block(numbered(place.block));
    if (block === null) throw new Fault("not-on-chain", `the node has no block ${place.block}`);
    const logs = await this.logs(this.contracts.registry, [ANCHORED], place.block, place.block);
    for (const entry of logs) {
      if (quantity(entry.transactionIndex) !== place.receipt) continue;
      const event = decodeAnchored(logOf(entry));
      if (event !== null && (await this.blockOf(event.batchId)) === place.block) {
        return { event, block: place.block, timestamp: quantity(block.timestamp) };
      }
    }
    throw new Fault("not-on-chain", `nothing was anchored there in block ${place.block}`);
  }

  // The statement of the file, where the contract holds its commitment.
  async attested(batchId, verdict) {
    const validator = bytesOf(verdict.validator);
    const [standing, stored] = await this.attestation(batchId, validator);
    const report = digestIn(verdict.report);
    const commitment = keccak(
      concat(verdict.root, word(verdict.accepted), word(verdict.rejected), report),
    );
    if (standing < verdict.sequence) {
      throw new Fault("not-attested", `the validator's standing sequence is ${standing}`);
    }
    if (standing > verdict.sequence) {
      throw new Fault(
        "stale-verdict",
        `the validator has since attested under sequence ${standing}`,
      );
    }
    if (!equal(stored, commitment.slice(0, COMMITMENT_BYTES))) {
      throw new Fault("not-attested", "the validator attested something else");
    }
    const { sequence, root, accepted, rejected } = verdict;
    return { batchId, validator, sequence, root, accepted, rejected, reportDigest: report };
  }

  // The standing attestations of a batch, out of the node's logs since its anchor.
  async attestations(batchId, first) {
    const logs = await this.logs(
      this.contracts.attestations,
      [ATTESTED, batchId],
      first,
      this.head,
    );
    const found = new Map();
    for (const entry of logs) {
      const event = decodeAttested(logOf(entry));
      if (event === null || !equal(event.batchId, batchId)) continue;
      const validator = toHex(event.validator);
      const known = found.get(validator);
      if (!known || known.sequence < event.sequence) found.set(validator, event);
    }
    return [...found.values()];
  }

  async standingSequence(batchId, validator) {
    return (await this.attestation(batchId, validator))[0];
  }

  async isSlashed(validator) {
    const { validator_set: set } = this.contracts;
    const found = await this.call(set, "validator(address)", [validator], 4);
    return toBigInt(found[0]) === SLASHED;
  }

  async quorumAt(block) {
    const { validator_set: set } = this.contracts;
    return toBigInt((await this.call(set, "quorumAt(uint48)", [block], 1))[0]);
  }

  async isSuperseded(batchId) {
    const found = await this.call(this.contracts.registry, "supersededBy(bytes32)", [batchId], 1);
    return toBigInt(found[0]) !== 0n;
  }

  async isRevoked(contributor, record) {
    const { registry } = this.contracts;
    const given = [contributor, record];
    return toBigInt((await this.call(registry, "isRevoked(address,bytes32)", given, 1))[0]) !== 0n;
  }

  async blockOf(batchId) {
    return toBigInt((await this.call(this.contracts.registry, "batch(bytes32)", [batchId], 3))[0]);
  }

  async attestation(batchId, validator) {
    const { attestations } = this.contracts;
    const given = [batchId, validator];
    const found = await this.call(attestations, "attestation(bytes32,address)", given, 2);
    return [toBigInt(found[0]), found[1].slice(0, COMMITMENT_BYTES)];
  }

  async block(id) {
    const found = await this.request({ method: "eth_getBlockByNumber", params: [id, false] });
    return found === null ? null : objectIn(found);
  }

  // Events of a contract by their first topics; halved where the node finds it too much, as public
  // nodes limit the range, each in its own way.
  async logs(address, topics, first, last) {
    const filter = {
      address,
      fromBlock: numbered(first),
      toBlock: numbered(last),
      topics: topics.map(toHex),
    };
    try {
      return listIn(await this.request({ method: "eth_getLogs", params: [filter] })).map(objectIn);
    } catch (error) {
      // Only a node that answered can be asked for less; one that cannot be reached stays so.
      if (first >= last || typeof error?.code !== "number") throw error;
    }
    const middle = (first + last) / 2n;
    return [
      ...(await this.logs(address, topics, first, middle)),
      ...(await this.logs(address, topics, middle + 1n, last)),
    ];
  }

  // The words that a contract answers with.
  async call(to, signature, given, words) {
    const selector = keccakOfText(signature).slice(0, 4);
    const call = { to, data: toHex(concat(selector, ...given.map(word))) };
    const answer = await this.answer(to, call);
    if (answer.length !== words * 32) throw strange(to);
    return Array.from({ length: words }, (_, at) => answer.slice(at * 32, at * 32 + 32));
  }

  async answer(to, call) {
    try {
      const params = [call, numbered(this.head)];
      return data(await this.request({ method: "eth_call", params }));
    } catch (error) {
      if (isRevert(error)) throw strange(to);
      throw error;
    }
  }
}

const strange = (address) =>
  new Fault("wrong-contract", `the contract at ${address} does not answer as it should`);

// Geth and most others answer a revert with code 3; some with -32000 and words alone.
const isRevert = (error) => error?.code === 3 || /revert/i.test(error?.message ?? "");

const numbered = (block) => "0x" + block.toString(16);
