// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Who signed: a key, or a contract wallet
library Signatures {
    /// @notice Whether `signature` is `signer`'s over `digest`, by its key or by ERC-1271.
    /// @dev The key is tried first, even where the signer has code. Under EIP-7702 a key's account
    /// can be given code at any time; asking that code first would let a validator who equivocated
    /// disown its own signatures by delegating to a contract that answers no. Malleable signatures
    /// (high s) and other lengths than 65 bytes are refused by {ECDSA}.
    /// @param signer the account that is said to have signed
    /// @param digest the EIP-712 digest
    /// @param signature 65 bytes (r, s, v) of a key, or whatever the contract wallet expects
    /// @return valid true if the key or the contract wallet vouches for it
    function isValid(
        address signer,
        bytes32 digest,
        bytes calldata signature
    ) internal view returns (bool valid) {
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }
}
