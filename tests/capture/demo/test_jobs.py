import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from ledger.demo.jobs import kind
from ledger.demo.jobs import kinds
from ledger.demo.jobs.inputs import DIMENSIONS
from ledger.demo.jobs.inputs import generate
from ledger.demo.jobs.kmeans import kmeans
from ledger.demo.jobs.parallel import pieces

NAMES = [each.name for each in kinds()]
SIZE = 300_032


def command(*arguments: str):
    return subprocess.run(
        [sys.executable, "-m", "ledger.demo.jobs", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def run(name, source, output, workers, *options: str):
    ended = command(name, "--input", source, "--output", output, "--workers", workers, *options)
    assert ended.returncode == 0, ended.stderr
    return output.read_bytes()


@pytest.fixture
def source(tmp_path):
    return tmp_path / "input"


@pytest.mark.parametrize("name", NAMES)
def test_the_result_does_not_depend_on_the_workers(tmp_path, source, name):
    assert command("generate", name, "--bytes", SIZE, "--output", source).returncode == 0

    alone = run(name, source, tmp_path / "alone", 1)
    together = run(name, source, tmp_path / "together", 2)

    assert alone
    assert together == alone
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone", "input", "together"]


@pytest.mark.parametrize("name", NAMES)
def test_input_is_determined_by_kind_size_and_seed(tmp_path, name):
    made = []
    for number, seed in enumerate((1, 1, 2)):
        path = tmp_path / str(number)
        generate(name, path, size_bytes=SIZE, seed=seed)
        made.append(path.read_bytes())

    assert len(made[0]) == SIZE
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"one",
        b"b\na\n",
        b"b\n\na\n\n",
        b"x\n" * 1000,
        b"\xff\xfe\nz\r\na\rb\x00c\na\n",
        b"a\nab\na\n",
    ],
    ids=["empty", "no line feed", "two", "blank lines", "equal", "binary", "prefixes"],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_sort_orders_lines_by_their_bytes(tmp_path, source, text, workers):
    source.write_bytes(text)
    lines = text.removesuffix(b"\n").split(b"\n") if text else []

    ordered = run("sort", source, tmp_path / "out", workers)

    assert ordered == b"".join(line + b"\n" for line in sorted(lines))


def test_sort_orders_generated_keys(tmp_path, source):
    generate("sort", source, size_bytes=SIZE)

    ordered = run("sort", source, tmp_path / "out", 2)

    assert ordered.split(b"\n")[:-1] == sorted(source.read_bytes().removesuffix(b"\n").split(b"\n"))


def test_grep_finds_exactly_the_matching_lines(tmp_path, source):
    generate("grep", source, size_bytes=SIZE)
    pattern = re.compile(kind("grep").parameters["pattern"])
    expected = [line for line in source.read_text().splitlines() if pattern.search(line)]

    found = run("grep", source, tmp_path / "out", 2).decode().splitlines()

    assert found == expected
    assert 0 < len(found) < len(source.read_text().splitlines())


def test_grep_names_a_wrong_pattern(tmp_path, source):
    source.touch()

    ended = command("grep", "--input", source, "--output", tmp_path / "out", "--pattern", "(")

    assert ended.returncode == 1
    assert "not a regular expression" in ended.stderr


def test_wordcount_counts_every_word(tmp_path, source):
    generate("wordcount", source, size_bytes=SIZE)

    lines = run("wordcount", source, tmp_path / "out", 2).decode().splitlines()
    counts = {word: int(count) for word, count in (line.split("\t") for line in lines)}

    assert counts == Counter(source.read_text().split())
    assert list(counts.values()) == sorted(counts.values(), reverse=True)


def test_kmeans_finds_the_centres_the_points_lie_around(tmp_path, source):
    centres = np.array([np.full(DIMENSIONS, value) for value in (0.0, 5.0, 10.0)])
    noise = np.random.default_rng(0).normal(scale=0.1, size=(300, DIMENSIONS))
    source.write_bytes((np.tile(centres, (100, 1)) + noise).astype("<f8").tobytes())

    kmeans(source, tmp_path / "out", k=3, iterations=5)

    found = np.loadtxt(tmp_path / "out")
    assert np.allclose(found[found[:, 0].argsort()], centres, atol=0.1)


def test_a_missing_input_ends_with_a_message(tmp_path):
    ended = command("sort", "--input", tmp_path / "absent", "--output", tmp_path / "out")

    assert ended.returncode == 1
    assert "No such file" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("size", [0, 1, 7, 100, 1001])
def test_pieces_cover_a_file_in_whole_lines(source, size):
    source.write_bytes((b"abc\nde\n\n" * size)[:size])

    parts = pieces(source)

    assert b"".join(part.read() for part in parts) == source.read_bytes()
    assert all(part.read().endswith(b"\n") for part in parts[:-1])


def test_every_kind_names_sizes_to_run_and_another_to_predict():
    for each in kinds():
        assert len(set(each.sizes)) == 3
        assert each.sizes[0] < each.predicted_size < each.sizes[-1]
        assert each.predicted_size not in each.sizes
