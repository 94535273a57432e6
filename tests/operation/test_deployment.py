"""The files below docs/deploy/ say what is true of this version: settings, commands, metrics."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.urls import resolve
from prometheus_client import REGISTRY

from chat import metrics
from h2oweb.bootstrap import NODE_WHEEL
from tests.prepared import prepare
from tests.settings import PROJECT, variables

DEPLOY = PROJECT / "docs" / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("h2o-chat*.*"))
PROGRAM = "/opt/h2o-chat/.venv/bin/python"
EXPOSURE = 20  # of 100, by systemd's own count of what a service may do
APPLICATIONS = ("prepare", "app-1", "app-2")


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


def unit(name: str) -> list[tuple[str, str]]:
    """The settings of a unit, in their order: a name may stand there more than once."""
    lines = (DEPLOY / name).read_text().splitlines()
    settings = [line.partition("=") for line in lines if line and line[0] not in "#["]
    return [(name, value) for name, _, value in settings]


def parses(arguments: list[str]) -> None:
    """A command line of manage.py, without its program."""
    command, *given = arguments
    found = load_command_class(get_commands()[command], command)
    found.create_parser("manage.py", command).parse_args(given)


def queries() -> Iterator[str]:
    """Every query of the dashboard and of the alerts."""
    for panel in json.loads((DEPLOY / "grafana.json").read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for group in yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def samples() -> dict[str, str]:
    """The metric of each sample that Prometheus can be asked for."""
    found: dict[str, str] = {}
    for metric in REGISTRY.collect():
        endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
        for ending in endings.get(metric.type, [""]):
            found[metric.name + ending] = metric.name
    return found


def test_prometheus_can_read_every_query():
    for query in queries():
        promql_parser.parse(query.replace("$__rate_interval", "5m"))  # which Grafana fills in
    with pytest.raises(ValueError, match="unexpected"):
        promql_parser.parse("sum(rate(h2o_chat_turns_total[10m))")


def test_every_query_names_a_metric_that_is_there_and_every_metric_is_shown():
    known = samples()
    named = {name for query in queries() for name in re.findall(r"\bh2o_chat_\w+", query)}
    assert named - set(known) == set()
    ours = {metric for metric in known.values() if metric.startswith("h2o_chat_")}
    assert {known[name] for name in named} == ours


def test_queries_choose_and_group_by_labels_that_their_metric_has():
    labels = {
        each._name: {"le", *each._labelnames}
        for each in vars(metrics).values()
        if hasattr(each, "_labelnames")
    }
    metric_of = samples()
    for query in queries():
        for name, chosen in re.findall(r"(h2o_chat_\w+)\{([^}]*)\}", query):
            assert set(re.findall(r"(\w+)[=!]", chosen)) <= labels[metric_of[name]], query
        groups = re.findall(r"by \((\w+)\)[ (a-z_]*\((h2o_chat_\w+)", query)
        assert len(groups) == query.count("by ("), query
        for group, name in groups:
            assert group in labels[metric_of[name]], query


def test_compose_starts_two_servers_with_settings_and_commands_that_there_are():
    services = compose()["services"]
    for name in APPLICATIONS:
        assert set(services[name]["environment"]) <= set(variables())
        parses(services[name]["command"])
    conditions = services["app-1"]["depends_on"]
    assert set(conditions) <= set(services)
    assert services["app-1"]["command"] == services["app-2"]["command"] == ["serve"]
    example = (DEPLOY / "example.env").read_text()
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    offered = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert asked <= offered
    assert offered - asked <= set(variables())
    assert services["app-1"]["env_file"] == ".env"
    (client,) = re.findall(r"postgresql-client-\d+", (DEPLOY / "Dockerfile").read_text())
    assert client.rpartition("-")[2] == services["postgres"]["image"].partition(":")[2]


def test_the_image_has_settings_and_a_command_that_there_are():
    text = (DEPLOY / "Dockerfile").read_text()
    for line in re.findall(r"^ENV (.+)$", text, re.MULTILINE):
        named = {each.partition("=")[0] for each in line.split()}
        assert named - {"PYTHONDONTWRITEBYTECODE"} <= set(variables())
    (port,) = re.findall(r"^ENV .*\bPORT=(\d+)", text, re.MULTILINE)
    (asked,) = re.findall(
        rf"^HEALTHCHECK .*\\\n.*'http://127\.0\.0\.1:{port}(/[^']+)'", text, re.MULTILINE
    )
    assert resolve(asked).url_name
    (command,) = re.findall(r"^CMD (\[.+\])$", text, re.MULTILINE)
    parses(json.loads(command))
    assert re.search(r"^USER chat$", text, re.MULTILINE)
    for path in re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE):
        assert (PROJECT / path).exists()
    assert NODE_WHEEL.partition("==")[0] in text.partition("pip uninstall -y")[2].split()


def test_no_key_password_or_certificate_comes_into_an_image_or_the_repository(tmp_path):
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert {"**/.env", "docs/deploy/certificates", "var"} <= set(ignored)
    private = [".env", "docs/deploy/.env", "docs/deploy/certificates/chat.key", "var/secret_key"]
    asked = subprocess.run(
        ["git", "check-ignore", *private], cwd=PROJECT, capture_output=True, text=True
    )
    assert asked.stdout.split() == private
    prepare(tmp_path)
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    (removed,) = re.findall(r"&& rm -f (/data/.+)$", dockerfile, re.MULTILINE)
    for pattern in removed.split():
        for path in tmp_path.glob(pattern.removeprefix("/data/")):
            path.unlink()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"locale", "static", "static.digest"}


@pytest.mark.parametrize("name", UNITS)
def test_a_units_command_lines_parse(name):
    settings = unit(name)
    if ("User", "h2o-chat") in settings:  # the same settings as a command by hand
        assert "ENV_FILE=/etc/h2o-chat.env DATA_DIR=" in dict(settings)["Environment"]
    for called in (value for key, value in settings if key == "OnFailure"):
        assert called.replace("%n", "") in UNITS
    for key, value in settings:
        if key.startswith("Exec") and "manage.py" in value:
            parses(shlex.split(value)[2:])
        if key == "Environment":
            named = {each.partition("=")[0] for each in value.split()}
            assert named - {"PYTHONDONTWRITEBYTECODE"} <= set(variables())


if sys.platform == "linux":  # elsewhere nothing reads units

    def test_systemd_takes_the_units_and_finds_them_closed_up(tmp_path):
        program = tmp_path / "python"  # whose path has no space, as a unit's must not
        program.symlink_to(sys.executable)
        for name in UNITS:
            text = (DEPLOY / name).read_text()
            assert name.endswith(("@.service", "socket", "timer")) or PROGRAM in text
            (tmp_path / name).write_text(text.replace(PROGRAM, str(program)))
        named = [str(tmp_path / name.replace("@", "@h2o-chat-backup")) for name in UNITS]
        ended = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *named], capture_output=True, text=True
        )
        assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")
        ours = [path for path in named if "@" not in path and path.endswith(".service")]
        exposed = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}"]
        ended = subprocess.run([*exposed, *ours], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_command_that_operators_are_told_parses():
    page = (PROJECT / "docs" / "operations.md").read_text()
    commands = re.findall(r"(?:^|`)chat (\w[^#&`\n]*)", page, re.MULTILINE)
    assert len(commands) > 10
    for command in commands:
        parses(shlex.split(command))


def test_both_nginx_files_send_the_same_to_the_application():
    text = (DEPLOY / "nginx.conf").read_text()
    headers = re.compile(
        r"^ *(proxy_set_header|proxy_read|proxy_buf|client_max)(.*)$", re.MULTILINE
    )
    assert headers.findall(text) == headers.findall((PROJECT / "docs" / "nginx.conf").read_text())
    assert re.search(r"X-Request-ID +\$request_id;", text)


def test_prometheus_asks_the_servers_of_compose():
    (job,) = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text())["scrape_configs"]
    hosts = {target.partition(":")[0] for target in job["static_configs"][0]["targets"]}
    assert hosts <= set(compose()["services"])
    assert Path(DEPLOY / "alerts.yaml").exists()
    allowed = compose()["services"]["app-1"]["environment"]["ALLOWED_HOSTS"]
    assert hosts <= set(allowed.split(","))
