"""What EMAIL_URL and SMS_URL may say is checked when a process starts."""

import subprocess
import sys

import pytest
from django.conf import settings

SHOW = "from careops import settings; print(settings.EMAIL_BACKEND, settings.ANYMAIL)"


def load(**variables: str) -> subprocess.CompletedProcess:
    environment = {"PATH": "/usr/bin:/bin", "DATABASE_URL": "postgresql://careops@127.0.0.1:1/careops"}
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=settings.BASE_DIR,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_provider_by_http_is_named_by_one_variable():
    result = load(
        EMAIL_URL="anymail://postmark?server_token=a%2Fb&message_stream=outbound",
        SMS_URL="twilio://AC1:secret@api.twilio.com/+15550100?idempotent=1",
    )

    assert result.stdout.startswith("anymail.backends.postmark.EmailBackend "), result.stderr
    assert "'POSTMARK_SERVER_TOKEN': 'a/b', 'POSTMARK_MESSAGE_STREAM': 'outbound'" in result.stdout


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("EMAIL_URL", "anymail://pigeon?token=secret"),
        ("EMAIL_URL", "anymail://"),
        ("SMS_URL", "twilio://api.twilio.com/+15550100"),
        ("SMS_URL", "twilio://AC1:secret@api.twilio.com"),
        ("SMS_URL", "pigeon://AC1:secret@api.twilio.com/+15550100"),
    ],
)
def test_a_provider_that_cannot_work_is_refused_without_telling_its_secret(variable, value):
    result = load(**{variable: value})

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith(f"- {variable} must ")
    assert "secret" not in result.stderr.splitlines()[-1]
