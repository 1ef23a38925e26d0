"""A map adds to the record of an event log what the log does not say in a record's words."""

from pathlib import Path

import pytest

from ledger.capture.event_log_map import EventLogMap
from ledger.capture.mapping import MappingError
from ledger.capture.mapping import load_mapping
from ledger.capture.mapping import mapping_from_toml
from ledger.capture.mapping_text import mapping_to_toml
from ledger.capture.rows import TableError
from ledger.capture.spark_events.arguments import columns_of
from ledger.capture.spark_events.arguments import submitted
from ledger.capture.spark_events.errors import EventLogError
from ledger.capture.spark_events.reading import Reading
from ledger.capture.spark_events.reading import read_log
from ledger.capture.tables import read_any
from ledger.record.schema import Record
from tests.capture.spark_events import logs

SUBMIT = "org.apache.spark.deploy.SparkSubmit --master yarn --conf spark.a=b --class org.Example "
COMMAND = f"{SUBMIT}/jobs/kmeans.jar --k 5 --convergence=0.01 hdfs://data/points 20 --verbose"
MAP = """
[event_logs.fields]
"cluster.machine_type" = { constant = "m4.2xlarge" }
"job.parameters.partitions" = "spark.sql.shuffle.partitions"

[[event_logs.application]]
names = ["kmeans*"]
[event_logs.application.fields]
"job.name" = { constant = "kmeans" }
"job.parameters.k" = { column = "option.k", type = "integer" }
"job.parameters.iterations" = "argument.2"
"job.parameters.seed" = { column = "option.seed", optional = true }
"input.size_bytes" = { column = "spark.job.input", unit = "MB" }

[[event_logs.application]]
names = ["sort*"]
[event_logs.application.fields]
"job.name" = { constant = "sort" }
"""


def read(name: str, toml: str = MAP, command: str = COMMAND, **properties: str) -> Record:
    mapping = mapping_from_toml(toml)
    events = logs.run(
        name=name,
        command=command,
        **{"spark.sql.shuffle.partitions": "64", "spark.job.input": "3", **properties},
    )
    return read_log(logs.log_of(logs.text(events)), Reading.by(mapping))


def test_names_parameters_and_machine_types_come_from_a_map():
    record = read("KMeans of Tuesday")

    assert record.job.name == "kmeans"
    assert record.job.parameters == {"partitions": 64, "k": 5, "iterations": 20}
    assert record.cluster.machine_type == "m4.2xlarge"
    assert record.cluster.nodes == 2
    assert record.input.size_bytes == 3_000_000


def test_an_application_that_no_pattern_fits_has_what_all_have():
    record = read("wordcount")

    assert (record.job.name, record.job.parameters) == ("wordcount", {"partitions": 64})


def test_what_the_application_does_not_have_is_named():
    with pytest.raises(EventLogError, match=r"option\.k: the application has no such setting"):
        read("kmeans", command="")


def test_credentials_do_not_come_in_by_a_map():
    toml = """
[event_logs.fields]
"job.parameters.a" = "option.password"
"job.parameters.b" = "argument.1"
"configuration.c" = "spark.hadoop.fs.s3a.secret.key"
"""
    record = read(
        "sort",
        toml,
        f"{SUBMIT} a.jar s3a://AKIAIOSFODNN7EXAMPLE:hidden@bucket/x --password geheim",
        **{"spark.hadoop.fs.s3a.secret.key": "geheim"},
    )

    text = record.model_dump_json()
    assert "geheim" not in text
    assert "AKIA" not in text
    assert text.count("[redacted]") == 3


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ('[event_logs.fields]\n"job.colour" = "a"', "no field 'job.colour'"),
        ('[event_logs.fields]\n"runtime_seconds" = { column = "a", unit = "MB" }', "not measured"),
        ("[[event_logs.application]]\nnames = []", "names"),
        ("[event_logs]\ncolour = 1", "colour"),
    ],
)
def test_a_map_that_is_wrong_is_named(toml: str, reason: str):
    with pytest.raises(MappingError, match=reason):
        mapping_from_toml(toml)


def test_a_map_survives_being_written_down():
    mapping = mapping_from_toml(MAP)

    assert mapping_from_toml(mapping_to_toml(mapping)) == mapping


def test_a_map_for_logs_alone_reads_no_table_and_says_so():
    with pytest.raises(TableError, match="for event logs"):
        read_any("a,b\n1,2\n", mapping=mapping_from_toml(MAP))


def test_the_example_of_the_documentation_is_a_map():
    mapping = load_mapping(Path(__file__).parents[3] / "docs" / "example-spark-map.toml")

    assert isinstance(mapping.event_logs, EventLogMap)
    assert mapping.event_logs.application


@pytest.mark.parametrize(
    ("command", "program", "arguments"),
    [
        (f"{SUBMIT}/jobs/kmeans.jar --k 5", "org.Example", ("--k", "5")),
        (
            "org.apache.spark.deploy.SparkSubmit --verbose --conf spark.x=1 s3://b/words.py a b",
            "words.py",
            ("a", "b"),
        ),
        (
            "org.apache.spark.deploy.SparkSubmit --conf spark.j=-Xmx1g -Da=b words.py a",
            "words.py",
            ("a",),
        ),
        ("org.apache.spark.deploy.SparkSubmit --name x pyspark-shell", "", ()),
        (
            "org.apache.spark.deploy.yarn.ApplicationMaster --class org.Example --arg 5 --arg x",
            "org.Example",
            ("5", "x"),
        ),
        ("org.example.Server --port 80", "", ()),
        ("*********(redacted)", "", ()),
        ("", "", ()),
    ],
)
def test_what_was_submitted(command: str, program: str, arguments: tuple[str, ...]):
    found = submitted(command)

    assert (found.program, found.arguments) == (program, arguments)


def test_arguments_are_called_by_place_or_by_option():
    given = ["in", "--k", "5", "--fast", "--eps=-0.1", "-d", "-3", "out", "-", "--last"]

    assert columns_of(given) == {
        "argument.1": "in",
        "option.k": "5",
        "option.fast": "true",
        "option.eps": "-0.1",
        "option.d": "-3",
        "argument.2": "out",
        "argument.3": "-",
        "option.last": "true",
    }
