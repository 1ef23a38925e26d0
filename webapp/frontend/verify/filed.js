// The chain by a file's own proofs: headers, receipts and storage, up to a trusted block.
import { bytesOf } from "./address.js";
import { equal, toHex } from "./bytes.js";
import { digestIn } from "./cid.js";
import { decodeAnchored, decodeAttested } from "./events.js";
import { linked, trustedHeads } from "./headers.js";
import { decodeLogs } from "./receipts.js";
import { Fault } from "./results.js";
import { encodeIndex } from "./rlp.js";
import * as slots from "./slots.js";
import { readWords, wordKey } from "./state.js";
import { TrieProofError, valueAt } from "./trie.js";

export class FiledEvidence {
  constructor(proof, policy, batchId) {
    this.proof = proof;
    this.contracts = policy.contracts;
    this.trustedBlocks = policy.trustedBlocks;
    this.batchId = batchId;
    this.headers = new Map();
    this.trusted = [];
    this.words = new Map();
  }

  get restsOn() {
    return this.trusted.map((head) => `block ${head.number} (${toHex(head.hash)})`).join(", ");
  }

  establish() {
    const chain = linked(this.proof.headers);
    this.trusted = trustedHeads(chain, this.trustedBlocks);
    this.headers = new Map(chain.map((header) => [header.number, header]));
    if (this.proof.state !== null) this.words = this.readState(this.proof.state);
    return `${chain.length} headers lead, parent by parent, to trusted blocks`;
  }

  anchor(place) {
    const event = decodeAnchored(this.log(place, this.contracts.registry));
    if (event === null) throw new Fault("not-on-chain", "the log is not an Anchored event");
    const header = this.header(place.block);
    return { event, block: header.number, timestamp: header.timestamp };
  }

  attested(_batchId, verdict) {
    const event = decodeAttested(this.log(verdict.event, this.contracts.attestations));
    if (event === null) throw new Fault("not-attested", "the log is not an Attested event");
    return event;
  }

  // Not known: a file shows what it holds, and not that there is nothing else.
  attestations() {
    return null;
  }

  standingSequence(batchId, validator) {
    const slot = slots.attestationSlot(batchId, validator);
    const found = this.word(this.contracts.attestations, slot);
    return found === null ? null : slots.sequenceOf(found);
  }

  isSlashed(validator) {
    const found = this.word(this.contracts.validator_set, slots.validatorSlot(validator));
    return found === null ? null : slots.statusOf(found) === slots.SLASHED;
  }

  // A quorum never takes effect in the block that sets it, so the state after that block (or any
  // later one) holds every quorum that matters.
  quorumAt(block) {
    if (this.proof.state === null) return null;
    const index = this.proof.state.quorum_index;
    const [held, following] = [index, index + 1n].map((place) =>
      slots.checkpointOf(this.word(this.contracts.validator_set, slots.quorumSlot(place))),
    );
    const isLast = following.value === 0n || following.fromBlock > block;
    if (held.value === 0n || held.fromBlock > block || !isLast) {
      throw new Fault("bad-state", `quorum ${index} is not the one of block ${block}`);
    }
    return held.value;
  }

  isSuperseded(batchId) {
    const found = this.word(this.contracts.registry, slots.supersededSlot(batchId));
    return found === null ? null : found !== 0n;
  }

  isRevoked(contributor, record) {
    const found = this.word(this.contracts.registry, slots.revokedSlot(contributor, record));
    return found === null ? null : found !== 0n;
  }

  word(contract, slot) {
    return this.words.get(wordKey(contract, slot)) ?? null;
  }

  readState(state) {
    const { proof } = this;
    const events = [proof.anchor, ...proof.verdicts.map((verdict) => verdict.event)];
    if (events.some((event) => event !== null && event.block > state.block)) {
      throw new Fault("bad-state", "the state is from before an event of the file");
    }
    const needed = slots.neededSlots(this.contracts, {
      batchId: this.batchId,
      contributor: bytesOf(proof.submission.contributor),
      record: digestIn(proof.record.cid),
      validators: proof.verdicts.map((verdict) => bytesOf(verdict.validator)),
      quorumIndex: state.quorum_index,
    });
    return readWords(state, this.header(state.block).stateRoot, needed);
  }

  header(number) {
    const header = this.headers.get(number);
    if (!header) throw new Fault("broken-headers", `the file has no header of block ${number}`);
    return header;
  }

  log(place, address) {
    const log = this.logAt(place);
    if (!equal(log.address, bytesOf(address))) {
      throw new Fault(
        "wrong-contract",
        "the event comes from a contract that is not trusted",
        { found: toHex(log.address), trusted: address },
      );
    }
    return log;
  }

  logAt({ block, receipt, log, nodes }) {
    const { receiptsRoot } = this.header(block);
    let logs;
    try {
      const encoded = valueAt(receiptsRoot, encodeIndex(Number(receipt)), nodes);
      if (encoded === null) {
        throw new Fault("bad-receipt", `block ${block} has no receipt ${receipt}`);
      }
      logs = decodeLogs(encoded);
    } catch (error) {
      if (!(error instanceof TrieProofError)) throw error;
      throw new Fault("bad-receipt", error.message);
    }
    if (log >= logs.length) throw new Fault("bad-receipt", `the receipt has no log ${log}`);
    return logs[Number(log)];
  }
}
