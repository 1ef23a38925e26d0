// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A wallet that answers each payment by the call that caused it, to test re-entrancy
contract Reentrant {
    bytes private _call;
    uint256 public reentered;

    constructor() payable {}

    receive() external payable {
        reentered += 1;
        if (_call.length != 0) {
            (bool done, ) = msg.sender.call(_call);
            done;
        }
    }

    /// @notice Calls anything, and remembers what to repeat from within a payment.
    function execute(address target, uint256 value, bytes calldata data) external {
        _call = data;
        (bool done, bytes memory answer) = target.call{value: value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
