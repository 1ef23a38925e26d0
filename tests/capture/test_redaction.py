import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.capture.redaction import REDACTED
from ledger.capture.redaction import is_secret_name
from ledger.capture.redaction import redact
from ledger.capture.redaction import redact_values

SECRET = "hunter2-Zq9"


@pytest.mark.parametrize(
    "argv",
    [
        ("mysql", "--password", SECRET),
        ("mysql", f"--password={SECRET}"),
        ("app", f"--db-password={SECRET}"),
        ("app", "-token", SECRET),
        ("env", f"AWS_SECRET_ACCESS_KEY={SECRET}", "spark-submit"),
        ("java", f"-Djavax.net.ssl.keyStorePassword={SECRET}"),
        ("spark-submit", "--conf", f"spark.hadoop.fs.s3a.secret.key={SECRET}"),
        ("sh", "-c", f"mysql -h db --password {SECRET} < dump.sql"),
        ("sh", "-c", f"PGPASSWORD='{SECRET}' psql"),
        ("sh", "-c", f'export API_TOKEN="{SECRET}"; run'),
        ("curl", "-u", f"alice:{SECRET}", "https://example.org"),
        ("curl", f"https://alice:{SECRET}@example.org/data"),
        ("curl", f"https://{SECRET}@example.org/data"),
        ("curl", f"https://example.org/data?x=1&access_token={SECRET}&y=2"),
        ("curl", "-H", f"Authorization: Bearer {SECRET}"),
        ("curl", "-H", f"X-Api-Key: {SECRET}"),
        ("curl", f"https://example.org/?token={SECRET}"),
        ("spark-submit", f"--conf=spark.ssl.keyPassword={SECRET}"),
        ("sh", "-c", f"run --conf a.b=c --conf x.token={SECRET}"),
        ("curl", "-d", f'{{"user": "me", "password": "{SECRET}"}}', "https://example.org"),
        ("curl", f"ftp://alice:a@{SECRET}@example.org/data"),
        ("job", f"jdbc:postgresql://db/x?user=me&password={SECRET}"),
    ],
    ids=" ".join,
)
def test_a_value_with_a_secret_name_or_place_is_replaced(argv):
    shown = redact(argv)

    assert SECRET not in " ".join(shown)
    assert REDACTED in " ".join(shown)
    assert shown[0] == argv[0]


@pytest.mark.parametrize(
    "token",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "glpat-" + "x" * 20,
        "xoxb-" + "1234567890-abc",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    ],
    ids=lambda token: token[:8],
)
def test_text_of_a_form_only_credentials_have_is_replaced_anywhere(token):
    assert token not in redact(["job", f"--input=x:{token}"])[1]
    assert redact(["job", token]) == ("job", REDACTED)


@pytest.mark.parametrize(
    "argv",
    [
        ("spark-submit", "--class", "org.example.Sort", "s3://bucket/sort.jar", "--k", "5"),
        ("train", "--max-tokens", "100", "--tokenizer=bpe", "--author", "x"),
        ("sort", "-k", "2", "-u", "words.txt", "--output=sorted.txt"),
        ("curl", "https://example.org/path?page=2"),
        ("git", "clone", "https://example.org/a@b"),
        ("job", "--passes=3", "--key-class=Text", "a=b", "--bypass=1"),
    ],
    ids=" ".join,
)
def test_ordinary_arguments_stay_as_they_are(argv):
    assert redact(argv) == argv


def test_parameters_and_settings_are_covered_by_the_same_rule():
    shown = redact_values({"k": 5, "spark.ssl.keyPassword": SECRET, "url": f"s3://u:{SECRET}@b/p"})

    assert shown == {"k": 5, "spark.ssl.keyPassword": REDACTED, "url": f"s3://{REDACTED}@b/p"}


@given(st.text(min_size=1).filter(lambda value: not value.startswith("--")))
def test_no_value_survives_behind_a_password_option(value):
    assert redact(["run", "--password", value, f"--token={value}"])[2:] == (
        REDACTED,
        f"--token={REDACTED}",
    )


@given(st.lists(st.text()))
def test_redacting_never_fails_and_twice_is_the_same_as_once(argv):
    once = redact(argv)

    assert len(once) == len(argv)
    assert redact(once) == once


def test_names_are_split_at_punctuation_and_capitals():
    assert is_secret_name("--keyStorePassword")
    assert is_secret_name("fs.s3a.access.key")
    assert not is_secret_name("--tokenizer")
    assert not is_secret_name("--compass")
