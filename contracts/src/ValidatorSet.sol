// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IValidatorSet} from "./IValidatorSet.sol";

/// @title Who may attest, and what they stand to lose
/// @notice Governance admits validators; an admitted one joins by posting a bond, and gets it back
/// after an exit delay unless it is proven to have signed two contradicting verdicts.
/// @dev Governance can admit, dismiss, and set quorum and bond for the future. It cannot take a
/// bond, change the quorum of a batch that is anchored, or touch any attestation.
contract ValidatorSet is IValidatorSet, AccessControlDefaultAdminRules {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice Where a validator stands.
    enum Status {
        None,
        Admitted,
        Active,
        Exiting,
        Slashed
    }

    /// @notice One validator.
    /// @param status where it stands
    /// @param bond what it posted and has not got back, in wei
    /// @param since the block in which `status` was reached
    /// @param withdrawableAt the second, since 1970, from which an exiting validator may withdraw
    struct Validator {
        Status status;
        uint96 bond;
        uint48 since;
        uint48 withdrawableAt;
    }

    /// @notice The role that admits and dismisses validators and sets quorum and bond.
    bytes32 public constant GOVERNOR_ROLE = keccak256("GOVERNOR_ROLE");

    /// @notice How long a hand-over of the role that appoints governors takes at least, in seconds.
    uint48 public constant ADMIN_DELAY = 1 days;

    /// @notice The reporter's part of a slashed bond, in hundredths; the rest is burned.
    /// @dev Well below one half: a validator that reports itself loses most of its bond all the
    /// same, so equivocating never becomes a way around the exit delay.
    uint256 public constant REPORTER_PERCENT = 25;

    /// @notice Where the rest of a slashed bond goes; nobody has its key.
    address payable public constant BURN_ADDRESS =
        payable(0x000000000000000000000000000000000000dEaD);

    /// @notice The longest exit delay that can be chosen, in seconds: a bond is never locked for
    /// good.
    uint48 public constant MAX_EXIT_DELAY = 365 days;

    /// @inheritdoc IValidatorSet
    address public immutable slasher;

    /// @notice How long a bond stays slashable after its validator stopped, in seconds.
    uint48 public immutable exitDelay;

    // What validators that join have to post, in wei, by the block from which it holds.
    Checkpoints.Trace208 private _bonds;

    /// @notice What reporters have earned and not yet claimed, in wei.
    mapping(address reporter => uint256 amount) public rewardOf;

    mapping(address account => Validator) private _validators;
    Checkpoints.Trace208 private _quorums;
    Checkpoints.Trace208 private _activeCounts;

    // What each validator has at stake while it is active, in wei, by the block from which it has.
    mapping(address account => Checkpoints.Trace208) private _stakes;

    /// @notice Governance admitted a validator; it still has to join.
    /// @param validator the account
    event Admitted(address indexed validator);
    /// @notice A validator posted its bond and may attest.
    /// @param validator the account
    /// @param bond what it posted, in wei
    event Joined(address indexed validator, uint256 bond);
    /// @notice A validator stopped; its bond stays slashable until it is withdrawn.
    /// @param validator the account
    /// @param withdrawableAt the second, since 1970, from which it may withdraw
    event ExitRequested(address indexed validator, uint48 withdrawableAt);
    /// @notice Governance stopped a validator, or took an admission back.
    /// @param validator the account
    event Dismissed(address indexed validator);
    /// @notice A validator got its bond back.
    /// @param validator the account
    /// @param bond what it got, in wei
    event Withdrawn(address indexed validator, uint256 bond);
    /// @notice A validator lost its bond for equivocation.
    /// @param validator the account
    /// @param reporter who proved it
    /// @param reward the reporter's part, in wei
    /// @param burned the rest, in wei
    event Slashed(
        address indexed validator,
        address indexed reporter,
        uint256 reward,
        uint256 burned
    );
    /// @notice A reporter was paid.
    /// @param reporter the account
    /// @param amount in wei
    event RewardClaimed(address indexed reporter, uint256 amount);
    /// @notice The quorum of batches anchored from a block on.
    /// @param fromBlock the first block it holds for
    /// @param quorum the number of validators that have to agree
    event QuorumSet(uint48 indexed fromBlock, uint32 quorum);
    /// @notice The bond of validators that join from a block on.
    /// @param fromBlock the first block it holds for
    /// @param bond in wei
    event BondSet(uint48 indexed fromBlock, uint256 bond);

    /// @notice A quorum of zero would accept every record unseen.
    error ZeroQuorum();
    /// @notice A bond of zero would make equivocation free.
    error ZeroBond();
    /// @notice The exit delay is zero or longer than {MAX_EXIT_DELAY}.
    /// @param given in seconds
    error InvalidExitDelay(uint48 given);
    /// @notice The contract that slashes has to be known.
    error ZeroSlasher();
    /// @notice What was asked cannot be done from where the validator stands.
    /// @param validator the account
    /// @param status where it stands
    error WrongStatus(address validator, Status status);
    /// @notice The value sent is not the bond.
    /// @param expected in wei
    /// @param given in wei
    error WrongBond(uint256 expected, uint256 given);
    /// @notice The exit delay has not passed.
    /// @param withdrawableAt the second, since 1970, from which it will have
    error NotYetWithdrawable(uint48 withdrawableAt);
    /// @notice Only {slasher} may slash.
    /// @param caller who tried
    error NotSlasher(address caller);
    /// @notice There is no reward to claim.
    error NoReward();
    /// @notice Ether sent to the zero address would be lost.
    error ZeroRecipient();
    /// @notice The block lies ahead: what holds there may still change.
    /// @param blockNumber the block asked for
    /// @param current the present block
    error FutureBlock(uint48 blockNumber, uint48 current);

    modifier onlyStatus(address account, Status required) {
        _requireStatus(account, required);
        _;
    }

    /// @param governor holds {GOVERNOR_ROLE} and may hand it on (in two steps, see
    /// AccessControlDefaultAdminRules: a typo cannot lose it)
    /// @param slasher_ the attestations contract; fixed for good, or governance could appoint a
    /// slasher that takes bonds at will
    /// @param quorum the number of validators that have to agree, at least 1
    /// @param bond_ what a validator has to post, in wei
    /// @param exitDelay_ in seconds; at least as long as validators' reports need to be compared
    constructor(
        address governor,
        address slasher_,
        uint32 quorum,
        uint96 bond_,
        uint48 exitDelay_
    ) AccessControlDefaultAdminRules(ADMIN_DELAY, governor) {
        if (slasher_ == address(0)) revert ZeroSlasher();
        if (exitDelay_ == 0 || exitDelay_ > MAX_EXIT_DELAY) revert InvalidExitDelay(exitDelay_);
        slasher = slasher_;
        exitDelay = exitDelay_;
        _grantRole(GOVERNOR_ROLE, governor);
        // From block 0: a batch anchored before this deployment must not find a quorum of zero.
        _setBond(0, bond_);
        _setQuorum(0, quorum);
    }

    /// @notice Lets an account join.
    /// @dev Only one of which nothing is known: admitting a validator that is active or leaving anew
    /// would wipe out what it posted, and one that was slashed must not buy itself back in.
    /// @param account the validator to be
    function admit(
        address account
    ) external onlyRole(GOVERNOR_ROLE) onlyStatus(account, Status.None) {
        _validators[account] = Validator(Status.Admitted, 0, _blockNumber(), 0);
        emit Admitted(account);
    }

    /// @notice Stops a validator, or takes back an admission that was not used.
    /// @dev The bond goes the usual way: governance can end a validator's work, not take or free
    /// its bond, and reports of what it signed before still reach it. Whoever is leaving already is
    /// not dismissed again: that would start the exit delay anew, day after day.
    /// @param account the validator
    function dismiss(address account) external onlyRole(GOVERNOR_ROLE) {
        Status status = _validators[account].status;
        if (status == Status.Admitted) delete _validators[account];
        else if (status == Status.Active) _exit(account);
        else revert WrongStatus(account, status);
        emit Dismissed(account);
    }

    /// @notice Sets the quorum of batches anchored from the next block on.
    /// @dev Never of the present block: a batch anchored earlier in it would have its quorum
    /// changed after the fact.
    /// @param quorum the number of validators that have to agree, at least 1
    function setQuorum(uint32 quorum) external onlyRole(GOVERNOR_ROLE) {
        _setQuorum(_blockNumber() + 1, quorum);
    }

    /// @notice Sets the bond of validators that join from the next block on; those that have joined
    /// keep theirs, or governance could take bonds by asking for more than a validator has.
    /// @param bond_ in wei, not zero
    function setBond(uint96 bond_) external onlyRole(GOVERNOR_ROLE) {
        _setBond(_blockNumber() + 1, bond_);
    }

    /// @notice Joins as an admitted validator; the value sent has to be exactly {bond}.
    /// @dev Exactly: if governance raises the bond while the transaction waits, it fails rather
    /// than posting another bond than meant.
    function join() external payable onlyStatus(msg.sender, Status.Admitted) {
        uint96 required = bond();
        if (msg.value != required) revert WrongBond(required, msg.value);
        _validators[msg.sender] = Validator(Status.Active, required, _blockNumber(), 0);
        _record(msg.sender, required, _activeCounts.latest() + 1);
        emit Joined(msg.sender, required);
    }

    /// @notice Stops attesting; after {exitDelay} the bond can be withdrawn.
    function requestExit() external onlyStatus(msg.sender, Status.Active) {
        _exit(msg.sender);
    }

    /// @notice Pays the bond back after the exit delay; the account can be admitted anew.
    /// @dev The delay keeps the bond within reach of {slash}: without it a validator could sign
    /// two verdicts and be gone before anyone compares them. The entry is deleted before the
    /// transfer, so that a contract wallet that calls back finds nothing more to withdraw.
    /// @param recipient who is paid; the validator's choice, as a contract wallet that cannot take
    /// ether itself would have its bond stuck here
    function withdraw(address payable recipient) external onlyStatus(msg.sender, Status.Exiting) {
        Validator memory leaving = _validators[msg.sender];
        if (block.timestamp < leaving.withdrawableAt)
            revert NotYetWithdrawable(leaving.withdrawableAt);
        delete _validators[msg.sender];
        emit Withdrawn(msg.sender, leaving.bond);
        _pay(recipient, leaving.bond);
    }

    /// @inheritdoc IValidatorSet
    /// @dev Nobody but {slasher}, or anyone could burn anyone's bond. The reporter is credited and
    /// claims later (pull): a reporter that refuses payment cannot make the slashing fail. Once per
    /// validator: the bond is gone and the status final, so that one proof, told twice, does not
    /// pay its reporter out of others' bonds.
    function slash(address account, address reporter) external {
        if (msg.sender != slasher) revert NotSlasher(msg.sender);
        Validator storage found = _validators[account];
        Status status = found.status;
        if (status != Status.Active && status != Status.Exiting)
            revert WrongStatus(account, status);
        if (status == Status.Active) _record(account, 0, _activeCounts.latest() - 1);
        uint256 taken = found.bond;
        uint256 reward = (taken * REPORTER_PERCENT) / 100;
        _validators[account] = Validator(Status.Slashed, 0, _blockNumber(), 0);
        rewardOf[reporter] += reward;
        emit Slashed(account, reporter, reward, taken - reward);
        Address.sendValue(BURN_ADDRESS, taken - reward);
    }

    /// @notice Pays out what the caller's reports have earned.
    /// @dev The claim is deleted before the transfer, so that a recipient that calls back finds
    /// nothing more to claim.
    /// @param recipient who is paid; the reporter's choice, as in {withdraw}
    function claimReward(address payable recipient) external {
        uint256 amount = rewardOf[msg.sender];
        if (amount == 0) revert NoReward();
        delete rewardOf[msg.sender];
        emit RewardClaimed(msg.sender, amount);
        _pay(recipient, amount);
    }

    /// @inheritdoc IValidatorSet
    function mayAttest(address account) external view returns (bool active) {
        return _isActive(account);
    }

    /// @notice Whether an account is an active validator.
    /// @param account any address
    /// @return active true if it is admitted, bonded and neither leaving nor dismissed
    function isActive(address account) external view returns (bool active) {
        return _isActive(account);
    }

    /// @notice What is known about a validator.
    /// @param account any address
    /// @return found all zero if it was never admitted, or has left
    function validator(address account) external view returns (Validator memory found) {
        return _validators[account];
    }

    /// @notice What a validator had at stake when a block began: its history, block by block.
    /// @dev Whoever wants a batch attested by validators that posted what its time asked for compares
    /// this with {bondAt} of the batch's block: a lower bond later on then helps nobody.
    /// @param account any address
    /// @param blockNumber not after the present block
    /// @return stake its bond, in wei; zero if it had not joined in an earlier block, or had stopped
    function stakeAt(address account, uint48 blockNumber) external view returns (uint96 stake) {
        return uint96(_lookup(_stakes[account], blockNumber));
    }

    /// @notice The quorum of batches anchored in a block.
    /// @param blockNumber not after the present block, whose quorum is settled too
    /// @return quorum the number of validators that have to agree, at least 1
    function quorumAt(uint48 blockNumber) external view returns (uint32 quorum) {
        return uint32(_lookup(_quorums, blockNumber));
    }

    /// @notice The number of active validators when a block began.
    /// @param blockNumber not after the present block
    /// @return count of validators that had joined in an earlier block and not stopped in one
    function activeCountAt(uint48 blockNumber) external view returns (uint256 count) {
        return _lookup(_activeCounts, blockNumber);
    }

    /// @notice The bond of validators that joined in a block.
    /// @param blockNumber not after the present block, whose bond is settled too
    /// @return amount in wei
    function bondAt(uint48 blockNumber) external view returns (uint96 amount) {
        return uint96(_lookup(_bonds, blockNumber));
    }

    /// @notice What a validator that joins in this block has to post.
    /// @return amount in wei
    function bond() public view returns (uint96 amount) {
        return uint96(_bonds.upperLookupRecent(_blockNumber()));
    }

    // Both count from the next block on: what holds for a block must not change within it.
    function _record(address account, uint96 stake, uint208 activeCount) private {
        uint48 fromBlock = _blockNumber() + 1;
        _stakes[account].push(fromBlock, stake);
        _activeCounts.push(fromBlock, activeCount);
    }

    function _pay(address payable recipient, uint256 amount) private {
        if (recipient == address(0)) revert ZeroRecipient();
        Address.sendValue(recipient, amount);
    }

    function _isActive(address account) private view returns (bool) {
        return _validators[account].status == Status.Active;
    }

    function _exit(address account) private {
        uint48 withdrawableAt = uint48(block.timestamp) + exitDelay;
        Validator storage leaving = _validators[account];
        leaving.status = Status.Exiting;
        leaving.since = _blockNumber();
        leaving.withdrawableAt = withdrawableAt;
        _record(account, 0, _activeCounts.latest() - 1);
        emit ExitRequested(account, withdrawableAt);
    }

    function _setQuorum(uint48 fromBlock, uint32 quorum) private {
        if (quorum == 0) revert ZeroQuorum();
        _quorums.push(fromBlock, quorum);
        emit QuorumSet(fromBlock, quorum);
    }

    function _setBond(uint48 fromBlock, uint96 bond_) private {
        if (bond_ == 0) revert ZeroBond();
        _bonds.push(fromBlock, bond_);
        emit BondSet(fromBlock, bond_);
    }

    function _lookup(
        Checkpoints.Trace208 storage trace,
        uint48 blockNumber
    ) private view returns (uint208) {
        uint48 current = _blockNumber();
        if (blockNumber > current) revert FutureBlock(blockNumber, current);
        return trace.upperLookupRecent(blockNumber);
    }

    function _requireStatus(address account, Status required) private view {
        Status status = _validators[account].status;
        if (status != required) revert WrongStatus(account, status);
    }

    function _blockNumber() private view returns (uint48) {
        return SafeCast.toUint48(block.number);
    }
}
