"""What a home knows of groups, and the secret by which it reads."""

import stat
from pathlib import Path

import pytest

from ledger.errors import NotFoundError
from ledger.errors import SettingsError
from ledger.groups.card import MAX_RECIPIENTS
from ledger.groups.card import GroupError
from ledger.groups.groups import Groups
from ledger.groups.identities import WrongRecipientError
from ledger.groups.identities import load_identities
from ledger.groups.identities import own_identities
from ledger.groups.identities import path_in


@pytest.fixture
def groups(tmp_path: Path) -> Groups:
    return Groups(tmp_path / "groups")


@pytest.fixture
def own(tmp_path: Path) -> str:
    return recipient_of(tmp_path)


def recipient_of(home: Path) -> str:
    return str(own_identities(path_in(home))[0].to_public())


def test_the_identity_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path):
    first = recipient_of(tmp_path)

    assert recipient_of(tmp_path) == first
    assert stat.S_IMODE(path_in(tmp_path).stat().st_mode) == 0o600
    assert first.startswith("age1")


def test_earlier_identities_may_stand_below_the_first(tmp_path: Path):
    (tmp_path / "other").mkdir()
    first, earlier = recipient_of(tmp_path), recipient_of(tmp_path / "other")
    path = path_in(tmp_path)
    path.write_text(path.read_text() + path_in(tmp_path / "other").read_text())

    assert [str(each.to_public()) for each in load_identities(path)] == [first, earlier]


def test_a_file_that_others_may_read_is_refused(tmp_path: Path):
    own_identities(path_in(tmp_path))
    path_in(tmp_path).chmod(0o640)

    with pytest.raises(SettingsError, match="others may read") as refused:
        load_identities(path_in(tmp_path))

    assert "chmod 600" in refused.value.hint


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"AGE-SECRET-KEY-1NONE\n", b"\xff\n"])
def test_a_file_without_identities_is_named_and_never_shown(tmp_path: Path, content: bytes):
    path_in(tmp_path).write_bytes(content)
    path_in(tmp_path).chmod(0o600)

    with pytest.raises(SettingsError, match="holds no identities") as refused:
        load_identities(path_in(tmp_path))

    assert "SECRET" not in refused.value.diagnostics()


def test_no_file_means_no_identities(tmp_path: Path):
    assert load_identities(path_in(tmp_path)) == ()


def test_a_group_begins_with_its_maker(groups: Groups, own: str):
    made = groups.create("team", own)

    assert made.recipients == (own,)
    assert groups.get("team") == made
    assert groups.all() == [made]
    assert groups.create("other", own).id != made.id


def test_only_its_owner_may_read_who_belongs_to_a_group(groups: Groups, own: str, tmp_path: Path):
    groups.create("team", own)

    (file,) = (tmp_path / "groups").glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_members_come_and_go(groups: Groups, own: str, tmp_path: Path):
    groups.create("team", own)
    other = recipient_of(tmp_path / "other")

    assert groups.add("team", f" {other} ", label="Ben").recipients == (own, other)
    assert groups.add("team", other, label="Ben").recipients == (own, other)
    assert groups.remove("team", own).recipients == (other,)
    with pytest.raises(NotFoundError, match="no member"):
        groups.remove("team", own)


def test_the_last_member_stays(groups: Groups, own: str):
    """What is sealed for nobody is unreadable for ever."""
    made = groups.create("team", own)

    with pytest.raises(GroupError, match="last member") as refused:
        groups.remove("team", own)

    assert "group add" in refused.value.hint
    assert groups.get("team") == made


def test_a_card_without_members_is_refused(groups: Groups, own: str):
    made = groups.create("team", own)
    card = made.model_copy(update={"members": ()}).card()

    with pytest.raises(GroupError, match="is no group"):
        groups.join(card.encode())

    assert groups.get("team") == made


def test_a_card_brings_a_group_to_another_home_and_up_to_date(
    groups: Groups, own: str, tmp_path: Path
):
    there = Groups(tmp_path / "there")
    made = groups.create("team", own)

    joined = there.join(made.card().encode(), name="colleagues")
    changed = groups.add("team", recipient_of(tmp_path / "other"))
    again = there.join(changed.card().encode())

    assert (joined.id, joined.name) == (made.id, "colleagues")
    assert (again.name, again.recipients) == ("colleagues", changed.recipients)


def test_another_group_of_the_same_name_does_not_replace_one(
    groups: Groups, own: str, tmp_path: Path
):
    groups.create("team", own)
    stranger = Groups(tmp_path / "there").create("team", own)

    with pytest.raises(GroupError, match="there is a group 'team'"):
        groups.join(stranger.card().encode())
    with pytest.raises(GroupError, match="known here as 'team'"):
        groups.join(groups.get("team").card().encode(), name="other")


@pytest.mark.parametrize("name", ["", "Team", "../team", "a b", "-team", "x" * 41, "team.json"])
def test_names_that_could_be_paths_or_options_are_refused(groups: Groups, own: str, name: str):
    with pytest.raises(GroupError, match="cannot name a group"):
        groups.create(name, own)
    with pytest.raises(NotFoundError):
        groups.get(name)


@pytest.mark.parametrize("card", [b"", b"{}", b"[]", b"x" * 100_000, b'{"name": "team"}'])
def test_what_is_no_card_is_refused(groups: Groups, card: bytes):
    with pytest.raises(GroupError):
        groups.join(card)


@pytest.mark.parametrize("text", ["", "age1", "AGE-SECRET-KEY-1QQQ", "ssh-ed25519 AAAA", "x" * 500])
def test_who_is_no_recipient_cannot_be_added(groups: Groups, own: str, text: str):
    groups.create("team", own)

    with pytest.raises(WrongRecipientError):
        groups.add("team", text)


def test_a_group_has_an_end(groups: Groups, own: str):
    made = groups.create("team", own)
    full = made.model_copy(update={"members": made.members * MAX_RECIPIENTS})
    (groups._folder / "team.json").write_text(full.card())

    with pytest.raises(GroupError, match="at most 128 members"):
        groups.add("team", recipient_of(groups._folder))
