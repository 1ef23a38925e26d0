import os
import signal
import subprocess
import sys
import threading

import psutil
import pytest

from ledger.capture.command import CommandNotFoundError
from ledger.capture.command import CommandNotStartedError
from ledger.capture.command import recordable
from ledger.capture.command import run_command
from ledger.capture.redaction import REDACTED
from ledger.record import codec
from ledger.record.schema import Cluster
from ledger.record.schema import Framework
from ledger.record.schema import Input
from ledger.record.schema import Job
from ledger.record.schema import Status

JOB = Job(name="test", framework=Framework(name="python"))
MEGABYTE = 1_000_000
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's /proc")


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def test_a_successful_command_becomes_a_record():
    given = Input(size_bytes=7)

    record = run_command(python("pass"), job=JOB, input=given, configuration={"x.y": 2})

    assert record.status is Status.SUCCEEDED
    assert record.origin.exit_code == 0
    assert record.origin.argv == (sys.executable, "-c", "pass")
    assert record.input == given
    assert record.configuration == {"x.y": 2}
    assert record.cluster.provider == "local"
    assert record.runtime_seconds > 0
    assert record.started_at is not None
    assert codec.decode(codec.encode(record)) == record


def test_two_runs_of_one_command_are_two_records():
    first, second = (run_command(python("pass"), job=JOB) for _ in range(2))

    assert codec.cid_of(first) != codec.cid_of(second)
    assert first.origin.run_id != second.origin.run_id


def test_the_exit_code_of_a_failure_is_kept():
    record = run_command(python("raise SystemExit(3)"), job=JOB)

    assert (record.status, record.origin.exit_code) == (Status.FAILED, 3)


def test_a_command_ended_by_a_signal_is_killed():
    record = run_command(python("import os; os.kill(os.getpid(), 9)"), job=JOB)

    assert (record.status, record.origin.exit_code) == (Status.KILLED, -signal.SIGKILL)


def test_a_given_cluster_is_recorded_as_it_is():
    cluster = Cluster(nodes=4, machine_type="m5.large")

    assert run_command(python("pass"), job=JOB, cluster=cluster).cluster == cluster


def test_wall_time_includes_waiting_and_cpu_time_does_not():
    record = run_command(python("import time; time.sleep(0.3)"), job=JOB)

    assert record.runtime_seconds >= 0.3
    assert record.metrics.cpu_seconds < record.runtime_seconds


def test_cpu_time_covers_descendants():
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    tree = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"

    assert run_command(python(tree), job=JOB).metrics.cpu_seconds >= 0.2


def test_peak_memory_is_that_of_the_whole_tree_at_one_moment():
    hold = "b = bytearray(60_000_000); print(flush=True); input()"
    tree = (
        "import subprocess, sys, time\n"
        f"hold = [sys.executable, '-c', {hold!r}]\n"
        "pipe = subprocess.PIPE\n"
        "children = [subprocess.Popen(hold, stdin=pipe, stdout=pipe) for _ in range(2)]\n"
        "for child in children: child.stdout.readline()\n"
        "time.sleep(1)\n"
        "for child in children: child.communicate(b'.')\n"
    )

    peak = run_command(python(tree), job=JOB).metrics.peak_memory_bytes

    assert 120 * MEGABYTE < peak < 250 * MEGABYTE


def test_the_memory_of_this_process_is_not_the_commands():
    ballast = bytearray(300 * MEGABYTE)

    record = run_command(python("pass"), job=JOB)

    assert len(ballast) > record.metrics.peak_memory_bytes


@linux
def test_bytes_of_processes_that_lived_shortly_are_not_lost(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(bytes(3 * MEGABYTE))
    copy = "for i in 1 2 3; do cat $0 > $0.$i; done"

    metrics = run_command(["sh", "-c", copy, str(source)], job=JOB).metrics

    assert 9 * MEGABYTE <= metrics.written_bytes < 10 * MEGABYTE
    assert 9 * MEGABYTE <= metrics.read_bytes < 10 * MEGABYTE


def test_samples_arrive_while_the_command_runs(tmp_path):
    enough = tmp_path / "enough"
    wait = "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)"
    samples = []

    def collect(sample):
        samples.append(sample)
        if len(samples) == 3:
            enough.touch()

    run_command(python(wait, str(enough)), job=JOB, on_sample=collect)

    assert [s.elapsed_seconds for s in samples] == sorted(s.elapsed_seconds for s in samples)
    assert max(s.resident_bytes for s in samples) > 0
    assert samples[-1].processes == 1


def test_a_fault_in_the_callers_callback_does_not_leave_the_command_running():
    pids = []

    def fail(sample):
        pids.extend(_children())
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run_command(python("import time; time.sleep(60)"), job=JOB, on_sample=fail)

    assert pids
    assert _children() == []


def test_standard_streams_pass_through():
    wrapper = _wrapper("import sys; print(sys.stdin.read().upper()); print('e', file=sys.stderr)")

    ended = subprocess.run(wrapper, input="abc", capture_output=True, text=True, check=True)

    assert ended.stdout.splitlines() == ["ABC", "succeeded 0"]
    assert ended.stderr == "e\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_command_and_the_record_is_still_made(number):
    command = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(5))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    wrapper = subprocess.Popen(
        _wrapper(command), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with wrapper:
        assert wrapper.stdout.readline() == "ready\n"
        wrapper.send_signal(number)
        rest = wrapper.stdout.read()

    assert rest == "killed 5\n"
    assert wrapper.returncode == 0


def test_signal_handlers_are_given_back():
    before = signal.getsignal(signal.SIGTERM)

    run_command(python("pass"), job=JOB)

    assert signal.getsignal(signal.SIGTERM) is before


def test_a_command_can_be_run_outside_the_main_thread():
    records = []
    thread = threading.Thread(target=lambda: records.append(run_command(python("pass"), job=JOB)))

    thread.start()
    thread.join()

    assert records[0].status is Status.SUCCEEDED


def test_credentials_do_not_reach_the_record():
    job = JOB.model_copy(update={"parameters": {"api_key": "hunter2", "k": 3}})

    record = run_command(
        python("pass", "--password", "hunter2"),
        job=job,
        configuration={"fs.s3a.secret.key": "hunter2"},
    )

    assert b"hunter2" not in codec.encode(record)
    assert record.job.parameters == {"api_key": REDACTED, "k": 3}


def test_a_missing_command_is_named():
    with pytest.raises(CommandNotFoundError, match="no-such-command") as caught:
        run_command(["no-such-command"], job=JOB)

    assert caught.value.exit_code == 127
    assert caught.value.hint


def test_a_file_that_is_not_executable_is_named(tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")

    with pytest.raises(CommandNotStartedError, match="must not be executed") as caught:
        run_command([str(script)], job=JOB)

    assert caught.value.exit_code == 126


@pytest.mark.parametrize("text", ["#!/no/such/interpreter\n", "no first line of a script"])
def test_a_script_without_its_interpreter_is_named(tmp_path, text):
    script = tmp_path / "script"
    script.write_text(text)
    script.chmod(0o700)

    with pytest.raises(CommandNotStartedError) as caught:
        run_command([str(script)], job=JOB)

    assert caught.value.exit_code == 126


@pytest.mark.parametrize("argv", [[], ["a\0b"]])
def test_an_impossible_command_is_refused(argv):
    with pytest.raises(CommandNotStartedError):
        run_command(argv, job=JOB)


def test_a_configuration_that_fits_no_record_is_refused_before_the_command_runs(tmp_path):
    made = tmp_path / "made"

    with pytest.raises(codec.InvalidRecordError):
        run_command(["touch", str(made)], job=JOB, configuration={"x": float("nan")})

    assert not made.exists()


def test_arguments_of_any_length_and_bytes_fit_into_a_record():
    argv = ["job", os.fsdecode(b"\xff"), "x" * 100_000, *["y" * 1000] * 5000]

    shown = recordable(argv)

    assert shown[:2] == ("job", "\ufffd")
    assert shown[-1].endswith("more")
    assert sum(map(len, shown)) < 70_000


def _wrapper(code):
    program = (
        "import sys\n"
        "from ledger.capture.command import run_command\n"
        "from ledger.record.schema import Framework, Job\n"
        "job = Job(name='x', framework=Framework(name='python'))\n"
        "record = run_command([sys.executable, '-c', sys.argv[1]], job=job)\n"
        "print(record.status.value, record.origin.exit_code, flush=True)\n"
    )
    return python(program, code)


def _children():
    return psutil.Process().children()
