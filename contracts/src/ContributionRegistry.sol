// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {IContributionRegistry} from "./IContributionRegistry.sol";
import {Leaves} from "./Leaves.sol";
import {Signatures} from "./Signatures.sol";

/// @title Where batches of records are anchored
/// @notice One transaction anchors a batch, however many records it holds. Anyone may anchor: what
/// counts is who signed the submissions and what validators say about them.
/// @dev No owner, no proxy, no pause: nobody can rewrite, remove or hold back an anchor.
contract ContributionRegistry is IContributionRegistry, EIP712, Nonces {
    /// @notice What one anchor leaves on chain: one storage slot, whatever the batch holds.
    /// @param blockNumber the block that anchored it
    /// @param timestamp that block's time, seconds since 1970
    /// @param count the number of records in the batch
    struct Batch {
        uint64 blockNumber;
        uint64 timestamp;
        uint32 count;
    }

    /// @notice Where a batch or a record stands on this contract; what validators say of it is in
    /// Attestations.
    enum Status {
        Unknown,
        Anchored,
        Superseded,
        Revoked
    }

    bytes32 private constant ANCHOR_TYPEHASH =
        keccak256(
            "Anchor(bytes32 root,uint32 count,bytes32 manifestDigest,uint256 nonce,uint256 deadline)"
        );
    bytes32 private constant SUBMISSION_TYPEHASH =
        keccak256("Submission(bytes32 root,uint32 count)");

    mapping(bytes32 batchId => Batch) private _batches;

    /// @notice The batch that replaces a batch; zero if none does.
    mapping(bytes32 batchId => bytes32 replacementId) public supersededBy;

    /// @notice Whether a contributor has withdrawn a record of its own.
    mapping(address contributor => mapping(bytes32 recordDigest => bool revoked)) public isRevoked;

    /// @notice A batch was anchored.
    /// @param batchId the batch's name, see {batchIdOf}
    /// @param publisher who anchored it, or signed that it be anchored
    /// @param root the root of the batch's tree
    /// @param manifestDigest the SHA-256 digest inside the CID of the batch's manifest
    /// @param count the number of records in the batch
    event Anchored(
        bytes32 indexed batchId,
        address indexed publisher,
        bytes32 indexed root,
        bytes32 manifestDigest,
        uint32 count
    );

    /// @notice A publisher replaced one of its batches by another.
    /// @param batchId the batch that no longer counts
    /// @param replacementId the batch to look at instead
    /// @param publisher whose batches they are
    event Superseded(
        bytes32 indexed batchId,
        bytes32 indexed replacementId,
        address indexed publisher
    );

    /// @notice A contributor withdrew a record.
    /// @param contributor who contributed it
    /// @param recordDigest the SHA-256 digest inside the record's CID
    /// @param batchId the batch that proved it to be the contributor's
    event Revoked(
        address indexed contributor,
        bytes32 indexed recordDigest,
        bytes32 indexed batchId
    );

    /// @notice All of a publisher's signatures over `nonce` became void.
    /// @param publisher whose signatures
    /// @param nonce the nonce that they carry
    event NonceVoided(address indexed publisher, uint256 nonce);

    /// @notice A batch needs a root: zero would be a proof's placeholder.
    error ZeroRoot();
    /// @notice A batch needs records.
    error ZeroCount();
    /// @notice The publisher has anchored this root before.
    /// @param batchId the batch's name
    error AlreadyAnchored(bytes32 batchId);
    /// @notice The publisher has not anchored this root.
    /// @param batchId the batch's name
    error NotAnchored(bytes32 batchId);
    /// @notice The signature's deadline has passed.
    /// @param deadline seconds since 1970
    error SignatureExpired(uint256 deadline);
    /// @notice The signature is not that account's, or not over these values and its present nonce.
    /// @param signer the account that should have signed
    error InvalidSignature(address signer);
    /// @notice The batch has a replacement already, or the replacement has one itself.
    /// @param batchId the batch that is superseded
    error AlreadySuperseded(bytes32 batchId);
    /// @notice A batch cannot replace itself.
    /// @param batchId the batch's name
    error SupersedesItself(bytes32 batchId);
    /// @notice The contributor has revoked this record before.
    /// @param recordDigest the record
    error AlreadyRevoked(bytes32 recordDigest);
    /// @notice The Merkle paths do not lead from the record, as the caller's, to the batch's root.
    error InvalidProof();

    /// @notice The EIP-712 domain is ("perfledger", "1", chain, this contract), so that a signature
    /// is void on every other chain and in every other deployment.
    constructor() EIP712("perfledger", "1") {}

    /// @notice Anchors a batch as the caller's.
    /// @dev A batch is named by its publisher and its root. Named by its root alone, whoever saw
    /// the transaction before it was mined could anchor the same root first with a worthless
    /// manifest, and the real batch could never be anchored. Once: anchoring again would move the
    /// batch to a later block, under another quorum, with another count than was attested. No root
    /// of zero, which stands for "nothing" wherever roots are kept; no count of zero, by which
    /// {recordCountIn} tells that a batch is not anchored.
    /// @param root the root of the batch's tree
    /// @param count the number of records in the batch
    /// @param manifestDigest the SHA-256 digest inside the CID of the batch's manifest
    /// @return batchId the batch's name
    function anchor(
        bytes32 root,
        uint32 count,
        bytes32 manifestDigest
    ) external returns (bytes32 batchId) {
        return _anchor(msg.sender, root, count, manifestDigest);
    }

    /// @notice Anchors a batch as `publisher`'s, who signed for it; the caller only pays.
    /// @dev The signed nonce is read, not used up: that a (publisher, root) anchors once already
    /// stops replay, and so a publisher may sign several batches at once and have them anchored in
    /// any order, none holding up the next. {voidNonce} voids all that are still outstanding.
    /// @param publisher who signed `Anchor(root, count, manifestDigest, nonce, deadline)`
    /// @param root the root of the batch's tree
    /// @param count the number of records in the batch
    /// @param manifestDigest the SHA-256 digest inside the CID of the batch's manifest
    /// @param deadline the last second, since 1970, at which the signature counts; without it a
    /// relayer could keep a signature back and use it years later
    /// @param signature the publisher's, by key or ERC-1271
    /// @return batchId the batch's name
    function anchorBySig(
        address publisher,
        bytes32 root,
        uint32 count,
        bytes32 manifestDigest,
        uint256 deadline,
        bytes calldata signature
    ) external returns (bytes32 batchId) {
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        bytes32 digest = _hashTypedDataV4(
            keccak256(
                abi.encode(ANCHOR_TYPEHASH, root, count, manifestDigest, nonces(publisher), deadline)
            )
        );
        if (!Signatures.isValid(publisher, digest, signature)) revert InvalidSignature(publisher);
        return _anchor(publisher, root, count, manifestDigest);
    }

    /// @notice Voids every signature the caller gave for {anchorBySig} and that is not yet used.
    /// @return next the nonce that signatures have to carry from now on
    function voidNonce() external returns (uint256 next) {
        uint256 voided = _useNonce(msg.sender);
        emit NonceVoided(msg.sender, voided);
        return voided + 1;
    }

    /// @notice Declares that another batch of the caller's replaces one.
    /// @dev Both have to be the caller's, or anyone could divert readers from another's batch. Only
    /// once, so that the story cannot be told anew every day; and never by a batch that is itself
    /// superseded, so that following replacements always ends (no cycles).
    /// @param root the root of the batch that no longer counts
    /// @param replacementRoot the root of the batch that replaces it
    function supersede(bytes32 root, bytes32 replacementRoot) external {
        bytes32 batchId = batchIdOf(msg.sender, root);
        bytes32 replacementId = batchIdOf(msg.sender, replacementRoot);
        _requireAnchored(batchId);
        _requireAnchored(replacementId);
        if (batchId == replacementId) revert SupersedesItself(batchId);
        if (supersededBy[batchId] != 0) revert AlreadySuperseded(batchId);
        if (supersededBy[replacementId] != 0) revert AlreadySuperseded(replacementId);
        supersededBy[batchId] = replacementId;
        emit Superseded(batchId, replacementId, msg.sender);
    }

    /// @notice Withdraws a record that the caller contributed.
    /// @dev The caller's address is part of the leaf that the second path starts from: nobody can
    /// revoke what somebody else contributed. Only out of an anchored batch, or anyone could make up
    /// a tree that holds another's record beside its own address and fill indexes with it. The revocation holds for the caller's contribution of
    /// this record in every batch, not for the same bytes contributed by another.
    /// @param publisher who anchored a batch that holds the record
    /// @param root that batch's root
    /// @param recordDigest the SHA-256 digest inside the record's CID
    /// @param submissionRoot the root of the caller's submission
    /// @param count the number of records in that submission
    /// @param recordProof the path from the record to `submissionRoot`
    /// @param submissionProof the path from the submission to `root`
    function revoke(
        address publisher,
        bytes32 root,
        bytes32 recordDigest,
        bytes32 submissionRoot,
        uint32 count,
        bytes32[] calldata recordProof,
        bytes32[] calldata submissionProof
    ) external {
        bytes32 batchId = batchIdOf(publisher, root);
        _requireAnchored(batchId);
        if (
            !_recordIn(submissionRoot, recordDigest, recordProof) ||
            !_submissionIn(root, submissionRoot, msg.sender, count, submissionProof)
        ) revert InvalidProof();
        if (isRevoked[msg.sender][recordDigest]) revert AlreadyRevoked(recordDigest);
        isRevoked[msg.sender][recordDigest] = true;
        emit Revoked(msg.sender, recordDigest, batchId);
    }

    /// @inheritdoc IContributionRegistry
    function recordCountIn(bytes32 batchId) external view returns (uint32 count) {
        return _batches[batchId].count;
    }

    /// @notice The anchor of a batch.
    /// @param batchId the batch's name, see {batchIdOf}
    /// @return anchored all zero if the batch is not anchored
    function batch(bytes32 batchId) external view returns (Batch memory anchored) {
        return _batches[batchId];
    }

    /// @notice Where a batch stands.
    /// @param batchId the batch's name, see {batchIdOf}
    /// @return status Unknown, Anchored or Superseded
    function statusOf(bytes32 batchId) external view returns (Status status) {
        return _statusOf(batchId);
    }

    /// @notice Where a record stands, as `contributor`'s in one batch; see {verifyRecord}.
    /// @dev Revoked comes before Superseded: it is the contributor's word, and holds everywhere.
    /// @param publisher who anchored the batch
    /// @param root the batch's root
    /// @param recordDigest the SHA-256 digest inside the record's CID
    /// @param submissionRoot the submission's root
    /// @param contributor whose submission it is said to be
    /// @param count the number of records in the submission
    /// @param recordProof the path from the record to `submissionRoot`
    /// @param submissionProof the path from the submission to `root`
    /// @return status Unknown if the batch is not anchored or does not hold the record
    function recordStatus(
        address publisher,
        bytes32 root,
        bytes32 recordDigest,
        bytes32 submissionRoot,
        address contributor,
        uint32 count,
        bytes32[] calldata recordProof,
        bytes32[] calldata submissionProof
    ) external view returns (Status status) {
        if (
            !_recordIn(submissionRoot, recordDigest, recordProof) ||
            !_submissionIn(root, submissionRoot, contributor, count, submissionProof)
        ) return Status.Unknown;
        status = _statusOf(batchIdOf(publisher, root));
        if (status != Status.Unknown && isRevoked[contributor][recordDigest]) return Status.Revoked;
    }

    /// @notice Whether an anchored batch holds a submission.
    /// @dev Says nothing about the contributor's consent: a publisher can put any address into a
    /// leaf. Whoever relies on it checks {verifySubmissionSignature} too.
    /// @param publisher who anchored the batch
    /// @param root the batch's root
    /// @param submissionRoot the submission's root
    /// @param contributor whose submission it is said to be
    /// @param count the number of records in the submission
    /// @param proof the path from the submission to `root`
    /// @return held true only if the batch is anchored and the path leads to its root
    function verifySubmission(
        address publisher,
        bytes32 root,
        bytes32 submissionRoot,
        address contributor,
        uint32 count,
        bytes32[] calldata proof
    ) external view returns (bool held) {
        return
            _isAnchored(batchIdOf(publisher, root)) &&
            _submissionIn(root, submissionRoot, contributor, count, proof);
    }

    /// @notice Whether an anchored batch holds a record, in a submission of `contributor`.
    /// @dev As in {verifySubmission}, the contributor's signature is a matter of its own, and so
    /// are {isRevoked} and {supersededBy}.
    /// @param publisher who anchored the batch
    /// @param root the batch's root
    /// @param recordDigest the SHA-256 digest inside the record's CID
    /// @param submissionRoot the submission's root
    /// @param contributor whose submission it is said to be
    /// @param count the number of records in the submission
    /// @param recordProof the path from the record to `submissionRoot`
    /// @param submissionProof the path from the submission to `root`
    /// @return held true only if the batch is anchored and both paths lead to their roots
    function verifyRecord(
        address publisher,
        bytes32 root,
        bytes32 recordDigest,
        bytes32 submissionRoot,
        address contributor,
        uint32 count,
        bytes32[] calldata recordProof,
        bytes32[] calldata submissionProof
    ) external view returns (bool held) {
        return
            _isAnchored(batchIdOf(publisher, root)) &&
            _recordIn(submissionRoot, recordDigest, recordProof) &&
            _submissionIn(root, submissionRoot, contributor, count, submissionProof);
    }

    /// @notice Whether a contributor signed a submission, by its key or by ERC-1271.
    /// @param contributor whose submission it is said to be
    /// @param root the submission's root
    /// @param count the number of records in the submission
    /// @param signature over {submissionDigest}
    /// @return valid true if the contributor vouches for it now
    function verifySubmissionSignature(
        address contributor,
        bytes32 root,
        uint32 count,
        bytes calldata signature
    ) external view returns (bool valid) {
        return Signatures.isValid(contributor, submissionDigest(root, count), signature);
    }

    /// @notice The EIP-712 digest that a contributor signs, once for all records of a submission.
    /// @param root the submission's root
    /// @param count the number of records in the submission
    /// @return digest of `Submission(bytes32 root,uint32 count)` in this contract's domain
    function submissionDigest(bytes32 root, uint32 count) public view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(abi.encode(SUBMISSION_TYPEHASH, root, count)));
    }

    /// @notice The name of a batch.
    /// @param publisher who anchors it
    /// @param root the root of the batch's tree
    /// @return batchId `keccak256(abi.encode(publisher, root))`
    function batchIdOf(address publisher, bytes32 root) public pure returns (bytes32 batchId) {
        return keccak256(abi.encode(publisher, root));
    }

    function _anchor(
        address publisher,
        bytes32 root,
        uint32 count,
        bytes32 manifestDigest
    ) private returns (bytes32 batchId) {
        if (root == 0) revert ZeroRoot();
        if (count == 0) revert ZeroCount();
        batchId = batchIdOf(publisher, root);
        if (_isAnchored(batchId)) revert AlreadyAnchored(batchId);
        _batches[batchId] = Batch(uint64(block.number), uint64(block.timestamp), count);
        emit Anchored(batchId, publisher, root, manifestDigest, count);
    }

    function _statusOf(bytes32 batchId) private view returns (Status) {
        if (!_isAnchored(batchId)) return Status.Unknown;
        return supersededBy[batchId] == 0 ? Status.Anchored : Status.Superseded;
    }

    function _requireAnchored(bytes32 batchId) private view {
        if (!_isAnchored(batchId)) revert NotAnchored(batchId);
    }

    function _isAnchored(bytes32 batchId) private view returns (bool) {
        return _batches[batchId].count != 0;
    }

    function _recordIn(
        bytes32 submissionRoot,
        bytes32 recordDigest,
        bytes32[] calldata proof
    ) private pure returns (bool) {
        return MerkleProof.verifyCalldata(proof, submissionRoot, Leaves.record(recordDigest));
    }

    function _submissionIn(
        bytes32 root,
        bytes32 submissionRoot,
        address contributor,
        uint32 count,
        bytes32[] calldata proof
    ) private pure returns (bool) {
        bytes32 leaf = Leaves.submission(submissionRoot, contributor, count);
        return MerkleProof.verifyCalldata(proof, root, leaf);
    }
}
