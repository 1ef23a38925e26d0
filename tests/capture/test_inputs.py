import os

import pytest

from ledger.capture.inputs import input_of
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError


def test_the_size_is_the_sum_over_files_and_folders(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "folder" / "below").mkdir(parents=True)
    (tmp_path / "folder" / "below" / "b").write_bytes(b"123")

    assert input_of([tmp_path / "a", tmp_path / "folder"]).size_bytes == 8


def test_a_file_reached_twice_counts_once(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "a")

    assert input_of([tmp_path, tmp_path / "a", tmp_path / "link"]).size_bytes == 5


def test_lines_are_counted_only_if_asked(tmp_path):
    (tmp_path / "a").write_bytes(b"1\n2\n3")

    assert input_of([tmp_path]).characteristics == {}
    assert input_of([tmp_path], count_lines=True).characteristics == {"lines": 2}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="absent"):
        input_of([tmp_path / "absent"])


def test_a_pipe_has_no_size(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(InvalidInputError, match="neither a file nor a folder"):
        input_of([tmp_path / "pipe"])
