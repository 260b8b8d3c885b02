"""docker-compose.yml is valid, complete and careful; its schema is the Compose Specification's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from dripcourse.config import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads(Path(__file__).with_name("compose-spec.json").read_text(encoding="utf-8"))
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LONG_RUNNING = sorted(name for name in SERVICES if name != "migrate")
OURS = ("beat", "migrate", "web", "worker")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")


def variables(text: str) -> dict[str, str]:
    """Every ${NAME…} of the file: name -> what follows the name ("" , ":?message", ":-default")."""
    return dict(re.findall(r"\$\{([A-Z_]+)([^}]*)\}", text))


def test_it_is_valid_by_the_official_schema() -> None:
    errors = sorted(Draft202012Validator(SCHEMA).iter_errors(COMPOSE), key=str)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("mistake", [{"restart": 5}, {"imagge": "x"}, {"ports": [{"publish": 1}]}, {"healthcheck": []}])
def test_the_schema_would_notice_a_mistake(mistake: dict[str, Any]) -> None:
    broken = {"services": {"web": {**SERVICES["web"], **mistake}}}
    assert not Draft202012Validator(SCHEMA).is_valid(broken)


def test_all_parts_are_there() -> None:
    assert set(SERVICES) == {"web", "worker", "beat", "migrate", "postgres", "redis", "mailcatcher"}
    assert [name for name in SERVICES if SERVICES[name].get("profiles")] == ["mailcatcher"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_an_image_has_a_version(name: str) -> None:
    image, _, version = SERVICES[name]["image"].rpartition(":")
    assert image
    assert re.match(r"v?\d", version), f"{name}: {image}:{version}"


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_long_running_service_is_watched_restarted_and_limited(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries"} <= set(service["healthcheck"])
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_gets_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    if name != "postgres":  # its image starts as root to hand its data folder to the right account
        assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_part_of_ours_starts_when_the_database_is_there_and_migrated(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }
    assert SERVICES["migrate"]["restart"] == "no"


def test_a_port_is_published_to_this_machine_only_unless_told_otherwise() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(ports) == {"web", "mailcatcher"}
    for published in (port for some in ports.values() for port in some):
        default = re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", published)
        assert default.startswith("127.0.0.1:"), published


def test_database_and_broker_cannot_be_reached_from_outside() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]


def test_no_secret_has_a_default() -> None:
    secrets = {name: rest for name, rest in variables(TEXT).items() if SECRET.search(name)}
    assert set(secrets) == {"POSTGRES_PASSWORD", "DRIPCOURSE_SECRET_KEYS"}
    assert all(rest.startswith(":?") and len(rest) > 10 for rest in secrets.values())
    for name, service in SERVICES.items():
        for key, value in (service.get("environment") or {}).items():
            assert not SECRET.search(key) or value is None or "${" in value, f"{name}: {key}"


@pytest.mark.parametrize("name", OURS)
def test_every_setting_given_is_one_that_dripcourse_reads(name: str) -> None:
    known = {f"DRIPCOURSE_{setting.upper()}" for setting, _, _ in SETTINGS}
    given = {key for key in SERVICES[name]["environment"] if key.startswith("DRIPCOURSE_")}
    assert given - known == set()


def test_every_setting_reaches_the_services() -> None:
    """A line in .env that no service takes over would be ignored without a word; history_days deletes by default."""
    given = {key.removeprefix("DRIPCOURSE_").lower() for key in SERVICES["worker"]["environment"]}
    assert {setting for setting, _, _ in SETTINGS} - given == set()


def test_a_named_volume_keeps_the_data_of_postgresql_where_its_image_puts_it() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    assert "postgres:/var/lib/postgresql" in mounts
    assert {mount.partition(":")[0] for mount in mounts} == set(COMPOSE["volumes"])


@pytest.mark.parametrize(
    ("line", "healthy"),
    [
        ("   2: 030014AC:A2F4 020014AC:18EB 01 00000000:00000000 00:00000000 00000000 10001 0 5 1", True),
        ("   2: 030014AC:A2F4 020014AC:18EB 06 00000000:00000000 00:00000000 00000000 10001 0 5 1", False),
        ("   2: 030014AC:18EB 020014AC:A2F4 01 00000000:00000000 00:00000000 00000000 10001 0 5 1", False),
        ("   2: 030014AC:A2F4 020014AC:1538 01 00000000:00000000 00:00000000 00000000 10001 0 5 1", False),
    ],
    ids=["connected to redis", "closing", "someone on our port 6379", "connected to postgres"],
)
def test_a_worker_is_healthy_while_it_is_connected_to_redis(line: str, healthy: bool) -> None:
    (pattern,) = re.findall(r"grep -qE '([^']*)'", SERVICES["worker"]["healthcheck"]["test"][1])
    assert SERVICES["beat"]["healthcheck"] == SERVICES["worker"]["healthcheck"]
    assert bool(re.search(pattern, line)) is healthy
