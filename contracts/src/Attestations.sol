// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IContributionRegistry} from "./IContributionRegistry.sol";
import {IValidatorSet} from "./IValidatorSet.sol";
import {Leaves} from "./Leaves.sol";
import {Signatures} from "./Signatures.sol";

/// @title What validators say about batches
/// @notice A validator attests a whole batch at once, by the root of a tree with one verdict per
/// record. A later attestation corrects an earlier one; two different ones under the same sequence
/// number are equivocation, which anyone may prove and which costs the bond.
/// @dev Immutable and without any role: nobody can remove or alter an attestation.
contract Attestations is EIP712 {
    /// @notice What a validator says about a batch.
    /// @param verdictRoot the root of its verdict tree
    /// @param accepted the number of records it accepts
    /// @param rejected the number of records it rejects
    /// @param reportDigest the SHA-256 digest inside the CID of its report
    struct Statement {
        bytes32 verdictRoot;
        uint32 accepted;
        uint32 rejected;
        bytes32 reportDigest;
    }

    /// @notice The part of a statement that a validator signs in its report.
    /// @param verdictRoot the root of its verdict tree
    /// @param accepted the number of records it accepts
    /// @param rejected the number of records it rejects
    struct Verdicts {
        bytes32 verdictRoot;
        uint32 accepted;
        uint32 rejected;
    }

    /// @notice One leaf of a verdict tree.
    /// @param recordDigest the SHA-256 digest inside the record's CID
    /// @param accepted whether the record is accepted
    /// @param reason why it was rejected; zero if and only if it was accepted
    struct Verdict {
        bytes32 recordDigest;
        bool accepted;
        uint16 reason;
    }

    // One slot: the commitment in the upper 224 bits, the sequence number in the lower 32.
    // Packed by hand, which spares the second read and write that two members cost.
    struct Stored {
        uint256 word;
    }

    bytes32 private constant ATTEST_TYPEHASH =
        keccak256(
            "Attest(bytes32 batchId,uint32 sequence,bytes32 verdictRoot,uint32 accepted,uint32 rejected,bytes32 reportDigest,uint256 deadline)"
        );
    bytes32 private constant VERDICTS_TYPEHASH =
        keccak256(
            "Verdicts(bytes32 batchId,uint32 sequence,bytes32 verdictRoot,uint32 accepted,uint32 rejected)"
        );

    /// @notice Where the batches are anchored.
    IContributionRegistry public immutable registry;

    /// @notice Who may attest.
    IValidatorSet public immutable validatorSet;

    mapping(bytes32 batchId => mapping(address validator => Stored)) private _attestations;

    /// @notice A validator attested a batch.
    /// @param batchId the batch
    /// @param validator who attests
    /// @param sequence 1 for the first attestation, higher for each correction
    /// @param verdictRoot the root of the verdict tree
    /// @param accepted the number of records accepted
    /// @param rejected the number of records rejected
    /// @param reportDigest the SHA-256 digest inside the CID of the report
    event Attested(
        bytes32 indexed batchId,
        address indexed validator,
        uint32 sequence,
        bytes32 verdictRoot,
        uint32 accepted,
        uint32 rejected,
        bytes32 reportDigest
    );

    /// @notice A validator was proven to have signed two different verdict roots.
    /// @param batchId the batch they are about
    /// @param validator who signed both
    /// @param reporter who proved it
    /// @param sequence the sequence number they share
    /// @param rootA the one
    /// @param rootB the other
    event Equivocated(
        bytes32 indexed batchId,
        address indexed validator,
        address indexed reporter,
        uint32 sequence,
        bytes32 rootA,
        bytes32 rootB
    );

    /// @notice The validator set trusts another contract to slash.
    /// @param expected the slasher it trusts
    error NotTheSlasher(address expected);
    /// @notice The batch is not anchored.
    /// @param batchId the batch
    error NotAnchored(bytes32 batchId);
    /// @notice Accepted and rejected records are not all records of the batch.
    /// @param expected the number of records in the batch
    /// @param given accepted and rejected together
    error CountMismatch(uint256 expected, uint256 given);
    /// @notice The account may not attest.
    /// @param validator the account
    error NotActive(address validator);
    /// @notice The sequence number is not higher than that of the standing attestation.
    /// @param current the standing one's, 0 if there is none
    /// @param given the new one's
    error StaleSequence(uint32 current, uint32 given);
    /// @notice The signature's deadline has passed.
    /// @param deadline seconds since 1970
    error SignatureExpired(uint256 deadline);
    /// @notice The signature is not that account's, or not over these values.
    /// @param signer the account that should have signed
    error InvalidSignature(address signer);
    /// @notice The two verdict roots are the same: signing twice is no offence.
    /// @param verdictRoot both roots
    error SameRoot(bytes32 verdictRoot);

    /// @notice The EIP-712 domain is ("perfledger", "1", chain, this contract).
    /// @dev Refuses a validator set that would not let it slash: equivocation would go unpunished.
    /// @param registry_ where the batches are anchored
    /// @param validatorSet_ who may attest; its slasher has to be this contract
    constructor(
        IContributionRegistry registry_,
        IValidatorSet validatorSet_
    ) EIP712("perfledger", "1") {
        address expected = validatorSet_.slasher();
        if (expected != address(this)) revert NotTheSlasher(expected);
        registry = registry_;
        validatorSet = validatorSet_;
    }

    /// @notice Attests a batch as the caller.
    /// @dev Only an active validator, whose bond answers for what it says: anyone else's word would
    /// be free. Only with a verdict on each record of an anchored batch, or a validator could vouch
    /// for the records it likes and be silent about the others, or for a batch that is yet to come.
    /// Only under a higher sequence number than before: otherwise the order of two attestations,
    /// and so which one stands, would be for miners and relayers to choose.
    /// @param batchId the batch
    /// @param sequence 1 for the first attestation, higher for each correction
    /// @param verdictRoot the root of the verdict tree
    /// @param accepted the number of records accepted
    /// @param rejected the number of records rejected
    /// @param reportDigest the SHA-256 digest inside the CID of the report
    function attest(
        bytes32 batchId,
        uint32 sequence,
        bytes32 verdictRoot,
        uint32 accepted,
        uint32 rejected,
        bytes32 reportDigest
    ) external {
        _attest(msg.sender, batchId, sequence, verdictRoot, accepted, rejected, reportDigest);
    }

    /// @notice Attests a batch as `validator`, who signed for it; the caller only pays.
    /// @dev Replay is stopped by the sequence number, which has to rise with every attestation;
    /// attesting under a higher one voids the signatures given for lower ones.
    /// @param validator who signed `Attest(…, deadline)`
    /// @param batchId the batch
    /// @param sequence 1 for the first attestation, higher for each correction
    /// @param verdictRoot the root of the verdict tree
    /// @param accepted the number of records accepted
    /// @param rejected the number of records rejected
    /// @param reportDigest the SHA-256 digest inside the CID of the report
    /// @param deadline the last second, since 1970, at which the signature counts
    /// @param signature the validator's, by key or ERC-1271
    function attestBySig(
        address validator,
        bytes32 batchId,
        uint32 sequence,
        bytes32 verdictRoot,
        uint32 accepted,
        uint32 rejected,
        bytes32 reportDigest,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        bytes32 digest = _hashTypedDataV4(
            keccak256(
                abi.encode(
                    ATTEST_TYPEHASH,
                    batchId,
                    sequence,
                    verdictRoot,
                    accepted,
                    rejected,
                    reportDigest,
                    deadline
                )
            )
        );
        if (!Signatures.isValid(validator, digest, signature)) revert InvalidSignature(validator);
        _attest(validator, batchId, sequence, verdictRoot, accepted, rejected, reportDigest);
    }

    /// @notice Proves that a validator signed two different verdict roots for the same batch and
    /// sequence number; the validator's bond is slashed and the caller rewarded.
    /// @dev Only signatures over `Verdicts` count, which validators publish in their reports: an
    /// honest correction carries a higher sequence number and so never matches. A contract wallet
    /// is asked by ERC-1271 at the time of the proof and can change its mind; governance should
    /// weigh that before it admits one. A copied proof pays the copier: the point is that the bond
    /// is lost, not who is paid.
    /// @param validator who signed both
    /// @param batchId the batch they are about
    /// @param sequence the sequence number they share
    /// @param a the one
    /// @param signatureA the validator's signature over it
    /// @param b the other
    /// @param signatureB the validator's signature over that
    function proveEquivocation(
        address validator,
        bytes32 batchId,
        uint32 sequence,
        Verdicts calldata a,
        bytes calldata signatureA,
        Verdicts calldata b,
        bytes calldata signatureB
    ) external {
        if (a.verdictRoot == b.verdictRoot) revert SameRoot(a.verdictRoot);
        _requireSigned(validator, batchId, sequence, a, signatureA);
        _requireSigned(validator, batchId, sequence, b, signatureB);
        emit Equivocated(
            batchId,
            validator,
            msg.sender,
            sequence,
            a.verdictRoot,
            b.verdictRoot
        );
        validatorSet.slash(validator, msg.sender);
    }

    /// @notice The standing attestation of a batch by a validator.
    /// @param batchId the batch
    /// @param validator who attested
    /// @return sequence 0 if there is none
    /// @return commitment to the statement, see {commitmentTo}
    function attestation(
        bytes32 batchId,
        address validator
    ) external view returns (uint32 sequence, bytes28 commitment) {
        uint256 stored = _attestations[batchId][validator].word;
        return (uint32(stored), _commitmentIn(stored));
    }

    /// @notice Whether a validator's standing attestation holds a verdict.
    /// @param batchId the batch
    /// @param validator who attested
    /// @param said the statement it made, as in the event
    /// @param verdict the verdict on one record
    /// @param proof the path from the verdict to the statement's root
    /// @return held true only if `said` is what the validator last attested, and the verdict is in it
    function verifyVerdict(
        bytes32 batchId,
        address validator,
        Statement calldata said,
        Verdict calldata verdict,
        bytes32[] calldata proof
    ) external view returns (bool held) {
        uint256 stored = _attestations[batchId][validator].word;
        if (stored == 0 || _commitmentIn(stored) != commitmentTo(said)) return false;
        bytes32 leaf = Leaves.verdict(verdict.recordDigest, verdict.accepted, verdict.reason);
        return
            verdict.accepted == (verdict.reason == 0) &&
            MerkleProof.verifyCalldata(proof, said.verdictRoot, leaf);
    }

    /// @notice The EIP-712 digest that a validator signs in its report.
    /// @param batchId the batch
    /// @param sequence the sequence number it attests under
    /// @param verdictRoot the root of the verdict tree
    /// @param accepted the number of records accepted
    /// @param rejected the number of records rejected
    /// @return digest of `Verdicts(…)` in this contract's domain
    function verdictsDigest(
        bytes32 batchId,
        uint32 sequence,
        bytes32 verdictRoot,
        uint32 accepted,
        uint32 rejected
    ) public view returns (bytes32 digest) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        VERDICTS_TYPEHASH,
                        batchId,
                        sequence,
                        verdictRoot,
                        accepted,
                        rejected
                    )
                )
            );
    }

    /// @notice What an attestation stores of a statement, beside its sequence number.
    /// @dev 224 bits, so that both share a storage slot; finding two statements with the same
    /// commitment takes about 2^112 hashes, and would deceive only {verifyVerdict}: the event
    /// carries the statement itself.
    /// @param said the statement
    /// @return commitment the first 28 bytes of `keccak256(abi.encode(said))`
    function commitmentTo(Statement calldata said) public pure returns (bytes28 commitment) {
        return _commitment(said.verdictRoot, said.accepted, said.rejected, said.reportDigest);
    }

    function _attest(
        address validator,
        bytes32 batchId,
        uint32 sequence,
        bytes32 verdictRoot,
        uint32 accepted,
        uint32 rejected,
        bytes32 reportDigest
    ) private {
        unchecked {
            // Two numbers of 32 bits in 256: the sum always fits.
            _requireCount(batchId, uint256(accepted) + rejected);
        }
        if (!validatorSet.mayAttest(validator)) revert NotActive(validator);
        Stored storage stored = _attestations[batchId][validator];
        uint32 current = uint32(stored.word);
        if (sequence <= current) revert StaleSequence(current, sequence);
        bytes28 commitment = _commitment(verdictRoot, accepted, rejected, reportDigest);
        stored.word = uint256(bytes32(commitment)) | sequence;
        emit Attested(
            batchId,
            validator,
            sequence,
            verdictRoot,
            accepted,
            rejected,
            reportDigest
        );
    }

    function _requireCount(bytes32 batchId, uint256 given) private view {
        uint256 count = registry.recordCountIn(batchId);
        if (count == 0) revert NotAnchored(batchId);
        if (given != count) revert CountMismatch(count, given);
    }

    function _requireSigned(
        address validator,
        bytes32 batchId,
        uint32 sequence,
        Verdicts calldata verdicts,
        bytes calldata signature
    ) private view {
        bytes32 digest = verdictsDigest(
            batchId,
            sequence,
            verdicts.verdictRoot,
            verdicts.accepted,
            verdicts.rejected
        );
        if (!Signatures.isValid(validator, digest, signature)) revert InvalidSignature(validator);
    }

    function _commitment(
        bytes32 verdictRoot,
        uint32 accepted,
        uint32 rejected,
        bytes32 reportDigest
    ) private pure returns (bytes28) {
        return bytes28(keccak256(abi.encode(verdictRoot, accepted, rejected, reportDigest)));
    }

    function _commitmentIn(uint256 stored) private pure returns (bytes28) {
        return bytes28(bytes32(stored));
    }
}
