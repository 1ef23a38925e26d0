// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The leaves of the three Merkle trees
/// @notice Leaves follow OpenZeppelin's StandardMerkleTree:
/// `keccak256(keccak256(abi.encode(values)))`.
/// @dev An inner node is the hash of 64 bytes and a leaf the hash of 32, so no inner node can be
/// passed off as a leaf (second preimage), whatever an attacker chooses as the values.
library Leaves {
    /// @notice The leaf of one record in its submission's tree.
    /// @param recordDigest the SHA-256 digest inside the record's CID
    /// @return leaf the leaf's hash
    function record(bytes32 recordDigest) internal pure returns (bytes32 leaf) {
        return _hashed(abi.encode(recordDigest));
    }

    /// @notice The leaf of one submission in its batch's tree.
    /// @dev The contributor is part of the leaf: a publisher who copies somebody else's submission
    /// root under another name needs that other name's signature over it.
    /// @param submissionRoot the root of the submission's tree
    /// @param contributor who signed the submission
    /// @param count the number of records in the submission
    /// @return leaf the leaf's hash
    function submission(
        bytes32 submissionRoot,
        address contributor,
        uint32 count
    ) internal pure returns (bytes32 leaf) {
        return _hashed(abi.encode(submissionRoot, contributor, count));
    }

    /// @notice The leaf of one record in a validator's verdict tree.
    /// @param recordDigest the SHA-256 digest inside the record's CID
    /// @param accepted whether the validator accepts the record
    /// @param reason why it was rejected; zero if and only if it was accepted
    /// @return leaf the leaf's hash
    function verdict(
        bytes32 recordDigest,
        bool accepted,
        uint16 reason
    ) internal pure returns (bytes32 leaf) {
        return _hashed(abi.encode(recordDigest, accepted, reason));
    }

    function _hashed(bytes memory encoded) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(encoded)));
    }
}
