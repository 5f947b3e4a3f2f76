"""The CI files do what docs/ci.md promises: their lines are run as they stand, on a rehearsal that goes well and on one that does not."""

from __future__ import annotations

import json
import os
import select
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from mockplatforms import cli, config

ROOT = Path(__file__).parent.parent.parent
CI = ROOT / "examples" / "ci"
GITHUB = yaml.safe_load((CI / "github-actions.yml").read_text())
GITLAB = yaml.safe_load((CI / "gitlab-ci.yml").read_text())
DOCKERFILE = [line.split(maxsplit=1) for line in (ROOT / "Dockerfile").read_text().splitlines() if line]


class Runner:
    """A machine of a CI service: an empty folder with a checkout of somebody's project, no docker but a stand-in, and a port of its own."""

    def __init__(self, at: Path, rehearsal: str) -> None:
        self.at = at / "checkout"
        self.at.mkdir()
        (self.at / "rehearsal.sh").write_text(rehearsal)
        tools = at / "bin"
        tools.mkdir()
        (tools / "docker").write_text(f"#!{sys.executable}\n{DOCKER}")
        (tools / "docker").chmod(0o755)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        here = Path(sys.executable).parent
        self.base = {
            "PATH": os.pathsep.join([str(tools), str(here), os.environ["PATH"]]), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "HOME": str(at), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1", "IMAGE_COMMAND": json.dumps(_image_command()),
        }  # fmt: skip

    def run(self, lines: str, *given: Mapping[str, Any]) -> int:
        """Shell lines with the variables of the file; but the port is a free one, as every runner has its own, and retries of webhooks don't wait."""
        variables = {name: str(value) for row in given for name, value in row.items()}
        variables |= {"MOCKPLATFORMS_PORT": str(self.port), "MOCKPLATFORMS_URL": f"http://127.0.0.1:{self.port}", "MOCKPLATFORMS_RETRY_FLOOR": "0"}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", lines]
        ran = subprocess.run(command, cwd=self.at, env=self.base | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        print(ran.stdout)
        return ran.returncode

    def stopped(self) -> bool:
        """Whether the server ends within seconds."""
        held = self.at / "server.pid"
        pid = int(held.read_text()) if held.exists() else json.loads((self.at.parent / "container.json").read_text())["pid"]
        try:
            ended = os.pidfd_open(pid)
        except ProcessLookupError:
            return True
        return bool(select.select([ended], [], [], 10)[0])


def _image_command() -> list[str]:
    told = dict(DOCKERFILE)
    return [*json.loads(told["ENTRYPOINT"]), *json.loads(told["CMD"])]


# Docker as far as the workflow uses it: the image's own command in an environment of its own, on the machine's network.
DOCKER = '''
import json, os, signal, subprocess, sys
kept = os.path.join(os.environ["HOME"], "container.json")
does, *rest = sys.argv[1:]
if does == "run":
    assert rest[:-1] == ["--detach", "--name", "simulator", "--network", "host", "--env-file", "server.env"], rest
    assert rest[-1] == os.environ["IMAGE"]
    inside = dict(line.strip().split("=", 1) for line in open("server.env")) | {name: os.environ[name] for name in ("PATH", "PYTHONPATH")}
    log = open(kept + ".log", "w")
    started = subprocess.Popen(json.loads(os.environ["IMAGE_COMMAND"]), env=inside, stdout=log, stderr=log, start_new_session=True)
    json.dump({"pid": started.pid, "environment": inside}, open(kept, "w"))
    sys.exit()
held = json.load(open(kept))
if does == "exec":
    assert rest[0] == "simulator"
    sys.exit(subprocess.run(rest[1:], env=held["environment"]).returncode)
assert rest == ["simulator"]
if does == "logs":
    print(open(kept + ".log").read())
elif does == "stop":
    os.kill(held["pid"], signal.SIGTERM)
else:
    sys.exit("docker " + does + "?")
'''


class Job(NamedTuple):
    """A job of either service."""

    failed: bool
    report: Path | None  # what it uploads


def github(name: str, runner: Runner) -> Job:
    """Run the steps as GitHub does: after a failure only those that ask for it."""
    job = GITHUB["jobs"][name]
    failed, report = False, None
    for step in job["steps"]:
        when = step.get("if", "success()")
        assert when in ("success()", "failure()", "always()")
        if when == "always()" or (when == "failure()") == failed:
            if "run" in step:
                failed = runner.run(step["run"], GITHUB["env"], job["env"]) != 0 or failed
            elif step["uses"].startswith("actions/upload-artifact@"):
                report = runner.at / step["with"]["path"]
    return Job(failed, report)


def gitlab(name: str, runner: Runner) -> Job:
    """Run the script as GitLab does: one shell for all lines. A service is there before it, and gone after it."""
    job = GITLAB[name]
    variables = GITLAB["variables"] | job["variables"]
    if "services" in job:
        assert runner.run('env | grep "^MOCKPLATFORMS_" > server.env; docker run --detach --name simulator --network host --env-file server.env "$IMAGE"', variables) == 0
    failed = runner.run("\n".join(job["script"]), variables) != 0
    if "services" in job:
        runner.run("docker stop simulator", variables)
    assert job["artifacts"]["when"] == "on_failure"
    return Job(failed, runner.at / job["artifacts"]["paths"][0] if failed else None)


JOBS = {
    "github-with-pip": (github, "with-pip"),
    "github-with-container": (github, "with-container"),
    "gitlab-with-pip": (gitlab, "rehearsal-with-pip"),
    "gitlab-with-container": (gitlab, "rehearsal-with-container"),
}
REHEARSAL = (CI / "rehearsal.sh").read_text()
WRONG = REHEARSAL.replace("order tiktok_shop", "order tokopedia")  # expects that nothing changes at the merge


@pytest.fixture(autouse=True)
def _curl() -> None:
    if shutil.which("curl") is None:
        assert not os.environ.get("CI"), "missing: curl (apt-get install curl)"
        pytest.skip("curl is missing")


@pytest.mark.parametrize("job", JOBS)
def test_a_job_passes_where_the_rehearsal_does_and_leaves_no_server(job: str, tmp_path: Path) -> None:
    service, name = JOBS[job]
    runner = Runner(tmp_path, REHEARSAL)

    assert service(name, runner) == Job(failed=False, report=None)
    assert runner.stopped()


@pytest.mark.parametrize("job", JOBS)
def test_a_job_that_fails_keeps_what_happened(job: str, tmp_path: Path) -> None:
    service, name = JOBS[job]
    runner = Runner(tmp_path, WRONG)

    told = service(name, runner)

    assert told.failed and told.report is not None
    assert runner.stopped()
    kept = {file.name: file.read_text() for file in told.report.iterdir()}
    assert json.loads(kept["journal.json"])["exchanges"] == []  # nobody's integration was at work
    assert "POST /migration/link" in kept["schedule.json"]
    if job == "github-with-pip":
        assert cli.main(["run", str(told.report / "schedule.json")]) == 0  # it runs again on another machine
    assert json.loads(kept["bundle.json"])
    if not job.startswith("gitlab-with-container"):  # GitLab keeps the log of a service itself
        assert "mockplatforms listens on" in kept["server.log"]


def _variables() -> Iterator[tuple[str, str]]:
    for rows in (GITHUB["env"], GITLAB["variables"]):
        yield from rows.items()


@pytest.mark.parametrize(("name", "value"), sorted({row for row in _variables() if row[0] != "MOCKPLATFORMS_URL"}))
def test_variables_are_settings(name: str, value: str) -> None:
    settings = {row.environment: row for row in config.SETTINGS}

    settings[name].read(value)


def test_addresses_are_where_the_image_listens() -> None:
    image = dict(DOCKERFILE)
    served = shlex.split(" ".join(json.loads(image["CMD"])))
    service = GITLAB["rehearsal-with-container"]["services"][0]

    assert {GITHUB["env"]["MOCKPLATFORMS_PORT"], GITLAB["variables"]["MOCKPLATFORMS_PORT"]} == {image["EXPOSE"]} == {str(config.defaults()["port"])}
    assert GITLAB["rehearsal-with-container"]["variables"]["MOCKPLATFORMS_URL"] == f"http://{service['alias']}:{image['EXPOSE']}"
    assert served[served.index("--host") + 1] == "0.0.0.0"
    assert served[served.index("--allowed-hosts") + 1] == service["alias"]
    assert service["name"] == "$IMAGE"


def test_the_guide_shows_the_files() -> None:
    guide = (ROOT / "docs" / "ci.md").read_text()

    assert all(f"../examples/ci/{file.name}" in guide for file in CI.iterdir())
    assert REHEARSAL in guide
