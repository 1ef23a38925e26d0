// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What attestations need from the validator set
interface IValidatorSet {
    /// @notice Whether an account may attest now.
    /// @dev The same as `isActive`, for {Attestations}: a contract compares a call's selector with
    /// its own ones in ascending order, at 22 gas each, and 0x02e3bc88 saves 500 of them.
    /// @param account any address
    /// @return active true if it is admitted, bonded and neither leaving nor dismissed
    function mayAttest(address account) external view returns (bool active);

    /// @notice Takes the bond of a validator that equivocated.
    /// @param account the validator
    /// @param reporter who proved it and is paid a part of the bond
    function slash(address account, address reporter) external;

    /// @notice The only contract whose word takes a bond.
    /// @return contractAddress the attestations contract
    function slasher() external view returns (address contractAddress);
}
