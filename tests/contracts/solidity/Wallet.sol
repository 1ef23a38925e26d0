// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title A contract wallet with one owner, to test ERC-1271 signatures and payments
contract Wallet is IERC1271 {
    address public owner;
    bool public refusesEther;

    error Refused();

    constructor(address owner_) payable {
        owner = owner_;
    }

    receive() external payable {
        if (refusesEther) revert Refused();
    }

    /// @notice Hands the wallet's signatures to another key.
    function rotate(address owner_) external {
        owner = owner_;
    }

    /// @notice Makes the wallet refuse or take ether.
    function refuseEther(bool refuses) external {
        refusesEther = refuses;
    }

    /// @notice Calls anything as the wallet; reverts as the called contract does.
    function execute(address target, uint256 value, bytes calldata data) external payable {
        (bool done, bytes memory answer) = target.call{value: value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address recovered, , ) = ECDSA.tryRecoverCalldata(hash, signature);
        return recovered == owner && owner != address(0) ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}
