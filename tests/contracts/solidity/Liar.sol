// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract wallet that answers ERC-1271 in every wrong way
contract Liar is IERC1271 {
    /// @notice How it answers.
    enum Answer {
        No,
        Revert,
        Nothing,
        TooShort,
        MagicAtTheWrongEnd,
        MagicAndMore,
        True,
        Bomb,
        AllGas,
        WriteState
    }

    Answer public answer;

    /// @notice Chooses the next answers.
    function choose(Answer answer_) external {
        answer = answer_;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        bytes4 magic = this.isValidSignature.selector;
        Answer chosen = answer;
        if (chosen == Answer.No) return 0xffffffff;
        assembly ("memory-safe") {
            switch chosen
            case 1 {
                mstore(0, magic)
                revert(0, 32)
            }
            case 2 {
                return(0, 0)
            }
            case 3 {
                mstore(0, magic)
                return(0, 31)
            }
            case 4 {
                mstore(0, shr(224, magic))
                return(0, 32)
            }
            case 5 {
                mstore(0, or(magic, 1))
                return(0, 32)
            }
            case 6 {
                mstore(0, 1)
                return(0, 32)
            }
            case 7 {
                mstore(0, not(magic))
                return(0, 100000)
            }
            case 8 {
                invalid()
            }
        }
        (bool written, ) = address(this).staticcall(abi.encodeCall(this.choose, (Answer.No)));
        return written ? magic : bytes4(0);
    }
}
