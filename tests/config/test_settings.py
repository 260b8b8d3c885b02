"""Settings: where they come from, which source wins, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dripcourse.config import SETTINGS, Settings, load, strangers
from dripcourse.errors import ConfigError

WRITTEN: dict[str, tuple[str, Any]] = {  # as typed into the environment, and what it means
    "database_url": ("sqlite:///other.db", "sqlite:///other.db"),
    "redis_url": ("redis://localhost:6379/3", "redis://localhost:6379/3"),
    "secret_keys": ("the-old-key-of-ours, the-new-key-of-ours", ("the-old-key-of-ours", "the-new-key-of-ours")),
    "base_url": ("https://course.example.org/", "https://course.example.org"),
    "sender_name": ("Ann", "Ann"),
    "from_address": ("ann@example.org", "ann@example.org"),
    "reply_to": ("desk@example.org", "desk@example.org"),
    "bounce_address": ("bounces@example.org", "bounces@example.org"),
    "dkim_domain": ("Example.org", "example.org"),
    "dkim_selector": ("s1.mail", "s1.mail"),
    "dkim_key": ("-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END", "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END"),
    "postal_address": ("1 Street", "1 Street"),
    "smtp_host": ("mail.example.org", "mail.example.org"),
    "smtp_port": ("465", 465),
    "smtp_security": ("tls", "tls"),
    "smtp_username": ("ann", "ann"),
    "smtp_password": ("open sesame", "open sesame"),
    "smtp_timeout": ("2.5", 2.5),
    "smtp_deadline": ("100", 100.0),
    "smtp_plain_ok": ("true", True),
    "state_dir": ("/srv/state", Path("/srv/state")),
    "smtp_connections": ("8", 8),
    "smtp_chunking": ("true", True),
    "batch_size": ("50", 50),
    "consent_age": ("0.5", 0.5),
    "tick_seconds": ("2", 2.0),
    "lease_seconds": ("300", 300),
    "unknown_policy": ("skip", "skip"),
    "pick_up": ("false", False),
    "signup_days": ("3", 3),
    "history_days": ("90", 90),
    "unsubscribe_address": ("leave@example.org", "leave@example.org"),
    "hooks_private_ok": ("true", True),
    "metrics_token": ("the-token", "the-token"),
    "log_level": ("DEBUG", "DEBUG"),
}


def wrong(folder: Path, **environ: str) -> list[str]:
    """The lines of complaint."""
    with pytest.raises(ConfigError) as caught:
        load(environ, folder)
    return str(caught.value).splitlines()


def toml(folder: Path, text: str) -> Path:
    file = folder / "dripcourse.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_setting_is_in_this_table() -> None:
    assert set(WRITTEN) == {name for name, _, _ in SETTINGS}


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, _, about in SETTINGS if len(about) < 10] == []


@pytest.mark.parametrize("name", WRITTEN)
def test_a_setting_from_the_environment_or_from_a_file_it_names(name: str, tmp_path: Path) -> None:
    typed, meant = WRITTEN[name]
    variable = f"DRIPCOURSE_{name.upper()}"
    assert getattr(load({variable: typed}, tmp_path), name) == meant
    (tmp_path / "secret").write_text(f"{typed}\n")
    from_file = {f"{variable}_FILE": str(tmp_path / "secret")}
    assert getattr(load(from_file, tmp_path), name) == meant
    assert getattr(load({variable: "", **from_file}, tmp_path), name) == meant, "the file wins"


def test_the_later_source_wins(tmp_path: Path) -> None:
    toml(tmp_path, 'sender_name = "From the file"\nsmtp_port = 25\n')
    assert load({}, tmp_path).sender_name == "From the file"
    found = load({"DRIPCOURSE_SENDER_NAME": "From the environment"}, tmp_path)
    assert (found.sender_name, found.smtp_port, found.smtp_host) == ("From the environment", 25, "")


def test_the_file_may_lie_elsewhere(tmp_path: Path) -> None:
    toml(tmp_path, 'sender_name = "Here"\n')
    (tmp_path / "other.toml").write_text('sender_name = "There"\nsecret_keys = ["a-key-long-enough"]\n')
    found = load({"DRIPCOURSE_CONFIG": str(tmp_path / "other.toml")}, tmp_path)
    assert (found.sender_name, found.secret_keys) == ("There", ("a-key-long-enough",))
    (line,) = wrong(tmp_path, DRIPCOURSE_CONFIG="none.toml")
    assert "DRIPCOURSE_CONFIG names none.toml" in line


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().smtp_port = 26  # type: ignore[misc]


def test_several_wrong_ones_are_several_lines_each_with_its_place(tmp_path: Path) -> None:
    file = toml(tmp_path, 'smtp_port = "many"\nsmtp_hots = "x"\nlog_level = "LOUD"\n')
    lines = wrong(tmp_path, DRIPCOURSE_BASE_URL="course.example.org", DRIPCOURSE_TICK_SECONDS="0")
    assert len(lines) == 5
    said = "\n".join(lines)
    for place, found, remedy in (
        (f"{file}: smtp_port", "'many'", "port"),
        (f"{file}: there is no setting smtp_hots", "", "did you mean smtp_host?"),
        (f"{file}: log_level", "'LOUD'", "'WARNING'"),
        ("DRIPCOURSE_BASE_URL: base_url", "'course.example.org'", "https://host"),
        ("DRIPCOURSE_TICK_SECONDS: tick_seconds", "'0'", "greater than 0"),
    ):
        (line,) = [text for text in lines if text.startswith(place)]
        assert found in line
        assert remedy in line, said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("smtp_port", "0"),
        ("smtp_port", "65536"),
        ("smtp_security", "ssl"),
        ("smtp_timeout", "inf"),
        ("smtp_timeout", "nan"),
        ("smtp_plain_ok", "perhaps"),
        ("from_address", "nobody"),
        ("reply_to", "Ann <ann@example.org>"),
        ("dkim_domain", "example"),
        ("dkim_domain", "course@example.org"),
        ("dkim_domain", "example.org."),
        ("dkim_domain", "https://example.org"),
        ("dkim_domain", "example.org; x=1"),
        ("dkim_selector", "s1._domainkey"),
        ("dkim_selector", "-s1"),
        ("dkim_selector", "s1-"),
        ("dkim_selector", "s1..mail"),
        ("dkim_selector", "s1; l=0"),
        ("dkim_selector", "s1\r\nBcc: x@example.org"),
        ("dkim_selector", "s" * 64),
        ("base_url", "ftp://course.example.org"),
        ("base_url", "https://course.example.org?x=1"),
        ("base_url", "https://course example.org"),
        ("base_url", "https://"),
        ("secret_keys", ""),
        ("secret_keys", " , "),
        ("batch_size", "1.5"),
        ("lease_seconds", "1"),
        ("unknown_policy", "maybe"),
        ("signup_days", "-1"),
        ("history_days", "-1"),
        ("history_days", "29"),
        ("log_level", "info"),
    ],
)
def test_a_wrong_value_is_one_line(name: str, value: str, tmp_path: Path) -> None:
    variable = f"DRIPCOURSE_{name.upper()}"
    (line,) = wrong(tmp_path, **{variable: value})
    assert line.startswith(f"{variable}: {name}: ")


@pytest.mark.parametrize("value", ["[5]", "5", '"one text"', "[]"])
def test_a_secret_of_the_wrong_kind_is_not_shown(tmp_path: Path, value: str) -> None:
    toml(tmp_path, f"secret_keys = {value}\nsmtp_password = 424242\ndkim_key = 424242\n")
    lines = wrong(tmp_path)
    assert {line.split(": ")[1] for line in lines} == {"secret_keys", "smtp_password", "dkim_key"}
    assert "424242" not in "".join(lines)
    assert "found" not in "".join(lines)


@pytest.mark.parametrize("raw", [b"smtp_port = ", b"\xff\xfe", b"a = 1\na = 2\n", b"just words"])
def test_a_broken_file(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "dripcourse.toml").write_bytes(raw)
    (line,) = wrong(tmp_path)
    assert line.startswith(f"{tmp_path / 'dripcourse.toml'}: not valid TOML: ")


def test_a_secret_file_that_cannot_be_read(tmp_path: Path) -> None:
    (line,) = wrong(tmp_path, DRIPCOURSE_SMTP_PASSWORD_FILE=str(tmp_path / "none"))
    assert line.startswith("DRIPCOURSE_SMTP_PASSWORD_FILE names ")
    assert "No such file" in line
    (folder,) = wrong(tmp_path, DRIPCOURSE_SMTP_PASSWORD_FILE=str(tmp_path))
    assert "cannot be read" in folder
    (tmp_path / "binary").write_bytes(b"\xff\x00\xff")
    (binary,) = wrong(tmp_path, DRIPCOURSE_SMTP_PASSWORD_FILE=str(tmp_path / "binary"))
    assert "no text" in binary


def test_variables_that_are_no_settings_are_named() -> None:
    names = ("SMTP_HOTS", "SMTP_HOST", "SMTP_PASSWORD_FILE", "CONFIG", "CONFIG_FILES")
    found = strangers({f"DRIPCOURSE_{name}": "x" for name in names} | {"PATH": "x"})
    assert found == ["DRIPCOURSE_CONFIG_FILES", "DRIPCOURSE_SMTP_HOTS"]
