import pytest

from ledger.capture.mapping import MappingError
from ledger.capture.mapping import load_mapping
from ledger.capture.mapping import mapping_from_toml
from ledger.capture.mapping import mapping_of
from ledger.capture.mapping import preset
from ledger.capture.mapping import presets
from ledger.capture.mapping_text import mapping_to_toml
from ledger.errors import NotFoundError

from .tables import MINIMAL
from .tables import minimal


def test_presets_are_listed_and_found():
    assert "c3o" in presets()
    assert preset("c3o").tables()[0].files == ("sort*",)
    with pytest.raises(NotFoundError, match="nope"):
        preset("nope")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"cluster.size": "nodes"}, "no field 'cluster.size'"),
        ({"origin.row": "nodes"}, "no field 'origin.row'"),
        ({"configuration.": "x"}, "no field"),
        ({"runtime_seconds": {"column": "t", "unit": "MB"}}, "not measured in MB"),
        ({"job.name": {"column": "t", "unit": "s"}}, "not measured in s"),
        ({"runtime_seconds": {"column": "t", "unit": "sec"}}, "unknown unit 'sec'"),
        ({"runtime_seconds": {"column": "t", "constant": 1}}, "exactly one"),
        ({"runtime_seconds": {}}, "exactly one"),
        ({"runtime_seconds": {"formula": "a +"}}, "ends too early"),
        ({"runtime_seconds": {"colum": "t"}}, "colum"),
        ({"runtime_seconds": {"constant": 1, "since": "t"}}, "since goes with column"),
        ({"runtime_seconds": {"column": "t", "since": "u", "unit": "s"}}, "neither with unit"),
        ({"cluster.nodes": {"column": "t", "since": "u"}}, "no time between two moments"),
    ],
)
def test_a_wrong_entry_is_named(fields, reason):
    with pytest.raises(MappingError, match=reason):
        minimal(fields)


def test_a_map_must_fill_what_a_record_needs():
    with pytest.raises(MappingError, match=r"no source for cluster\.nodes, runtime_seconds"):
        mapping_of({"fields": {key: MINIMAL[key] for key in ("job.name", "job.framework.name")}})


def test_what_is_not_toml_is_refused():
    with pytest.raises(MappingError, match="not TOML"):
        mapping_from_toml("[fields", name="x.toml")


def test_an_absent_map_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"absent\.toml"):
        load_mapping(tmp_path / "absent.toml")


@pytest.mark.parametrize("name", presets())
def test_a_map_written_as_toml_is_the_same_map(name):
    assert mapping_from_toml(mapping_to_toml(preset(name))) == preset(name)


def test_every_kind_of_entry_survives_being_written():
    mapping = minimal(
        {
            "status": {"column": 'a "b"\\', "values": {"x\n": "failed", "1": "succeeded"}},
            "configuration.a.b": {"constant": True},
            "input.size_bytes": {"formula": "`a b` * 2", "unit": "MiB", "optional": True},
        },
        format={"delimiter": "|", "missing": ["?"]},
        unknown_columns="ignore",
    )

    assert mapping_from_toml(mapping_to_toml(mapping)) == mapping
