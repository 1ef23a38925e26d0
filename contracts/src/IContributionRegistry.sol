// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What attestations need to know about batches
interface IContributionRegistry {
    /// @notice The number of records in a batch.
    /// @dev Compiled by the IR pipeline, a contract compares a call's selector with its own ones in
    /// ascending order, at 22 gas each. Every attestation asks this, so the name was chosen for its
    /// selector, 0x0bac5f6b, which comes first.
    /// @param batchId the batch's name, see {ContributionRegistry-batchIdOf}
    /// @return count 0 if and only if the batch is not anchored
    function recordCountIn(bytes32 batchId) external view returns (uint32 count);
}
