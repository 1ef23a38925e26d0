"""Jobs as people write them in PyFlink: PORT WORDS FORM….

Each FORM is one job that is submitted to the cluster whose REST API listens on PORT; WORDS is a
file with one word in each line. Prints each form with the id of its job.
"""

import sys

from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings
from pyflink.table import TableEnvironment

WORDS = """
CREATE TABLE words (word STRING) WITH (
  'connector' = 'filesystem', 'path' = '{path}', 'format' = 'csv'
)
"""
COUNTS = "CREATE TABLE counts (word STRING, times BIGINT) WITH ('connector' = 'blackhole')"
NUMBERS = "CREATE TABLE numbers (number INT) WITH ('connector' = 'blackhole')"
GENERATED = "CREATE TABLE generated (number INT) WITH ('connector' = 'datagen'{more})"

FEW = ", 'number-of-rows' = '500', 'rows-per-second' = '1000'"
ENDLESS = ", 'rows-per-second' = '100'"

FORMS = {
    "batch": (
        [COUNTS],
        "INSERT INTO counts SELECT word, COUNT(*) FROM words WHERE word <> 'secret' GROUP BY word",
    ),
    "failing": ([NUMBERS], "INSERT INTO numbers SELECT CAST(word AS INT) FROM words"),
    "ended": (
        [GENERATED.format(more=FEW), NUMBERS],
        "INSERT INTO numbers SELECT number FROM generated",
    ),
    "endless": (
        [GENERATED.format(more=ENDLESS), NUMBERS],
        "INSERT INTO numbers SELECT number FROM generated",
    ),
}

SETTINGS = {
    "pipeline.global-job-parameters": "top:5,db.password:hunter2",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": "1",
    "restart-strategy.fixed-delay.delay": "0 s",
    "execution.checkpointing.interval": "200 ms",
    "parallelism.default": "2",
}


def submit(port: str, words: str, form: str) -> str:
    """Start a job; returns its id."""
    configuration = Configuration()
    target = {"execution.target": "remote", "rest.address": "127.0.0.1", "rest.port": port}
    for key, value in {**SETTINGS, **target, "pipeline.name": f"words-{form}"}.items():
        configuration.set_string(key, value)
    builder = EnvironmentSettings.new_instance().with_configuration(configuration)
    batch = form == "batch"
    settings = (builder.in_batch_mode() if batch else builder.in_streaming_mode()).build()
    environment = TableEnvironment.create(settings)
    tables, query = FORMS[form]
    for table in [WORDS.format(path=words), *tables]:
        environment.execute_sql(table)
    client = environment.execute_sql(query).get_job_client()
    assert client is not None
    return str(client.get_job_id())


if __name__ == "__main__":
    _, port, words, *forms = sys.argv
    for form in forms:
        print(form, submit(port, words, form), flush=True)
