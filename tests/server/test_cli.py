"""The command line: flags from the table of settings, workspaces from files, the banner, the doctor."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from control_api import Control, RealClock, made

from mockplatforms import cli, config
from mockplatforms.server import banner, doctor
from mockplatforms.server.app import App
from mockplatforms.server.live import Server
from mockplatforms.testing import Served


class InProcess(httpx.BaseTransport):
    """The whole server behind a blocking client; addresses of others lead nowhere."""

    def __init__(self, server: Server, runner: asyncio.Runner) -> None:
        self.runner = runner
        self.app = httpx.ASGITransport(App(server))
        self.others: dict[str, int] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.port in (8700, None) and request.url.host == "127.0.0.1":
            return self.runner.run(self._ask(request))
        if str(request.url) in self.others:
            return httpx.Response(self.others[str(request.url)])
        raise httpx.ConnectError("connection refused")

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        asked = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        answered = await self.app.handle_async_request(asked)
        return httpx.Response(answered.status_code, headers=answered.headers, content=await answered.aread())


@pytest.fixture
def running() -> Iterator[tuple[Server, InProcess]]:
    server, _ = made()
    server.simulator.create({"seed": 1, "world": "demo", "clock": {"mode": "frozen", "wire": "virtual"}}, name="default")
    with asyncio.Runner() as runner:
        yield server, InProcess(server, runner)


def _examined(transport: InProcess, url: str = "http://127.0.0.1:8700", workspace: str = "default") -> tuple[int, str]:
    lines: list[str] = []
    code = doctor.run(url, workspace, tell=lines.append, client=httpx.Client(transport=transport), now=RealClock())
    return code, "\n".join(lines)


def test_the_doctor_finds_a_healthy_server_fine(running: tuple[Server, InProcess]) -> None:
    code, told = _examined(running[1])
    assert code == 0, told
    for what in ("Tokopedia token", "Tokopedia read", "TikTok Shop token", "a signed read of a shop"):
        assert what in told


def test_the_doctor_knocks_at_every_registered_receiver(running: tuple[Server, InProcess]) -> None:
    server, transport = running
    from mockplatforms.server.simulator import set_webhook_url

    workspace = server.simulator.workspaces["default"]
    workspace.apply(set_webhook_url, "tiktok_shop", "http://127.0.0.1:9/gone")
    workspace.apply(set_webhook_url, "tokopedia", "http://127.0.0.1:9000/hook")
    transport.others = {"http://127.0.0.1:9000/hook": 401}
    code, told = _examined(transport)
    assert code == 1
    assert "nobody listens at http://127.0.0.1:9/gone" in told
    assert "refuses a webhook without a signature" in told
    transport.others = {"http://127.0.0.1:9000/hook": 200, "http://127.0.0.1:9/gone": 404}
    told = _examined(transport)[1]
    assert "does not look at the signature" in told
    assert "answers 404" in told


@pytest.mark.parametrize(
    ("url", "workspace", "word"),
    [
        ("127.0.0.1:8700", "default", "http"),
        ("http://127.0.0.1:8700/api", "default", "origins"),
        ("http://127.0.0.1:8799", "default", "mockplatforms serve"),
        ("http://127.0.0.1:8700", "defualt", "did you mean 'default'"),
    ],
)
def test_the_doctor_says_what_is_wrong(running: tuple[Server, InProcess], url: str, workspace: str, word: str) -> None:
    code, told = _examined(running[1], url, workspace)
    assert code == 1
    assert word in told


def test_the_banner_prints_everything_to_paste(mock: Control) -> None:
    printed = banner.text(mock.server.simulator, "http://127.0.0.1:8700")
    view = mock("GET", "")
    for platform in ("tokopedia", "tiktok_shop"):
        for value in view[platform].values():
            assert str(value) in printed
    for seller in view["sellers"]:
        assert seller["seller"] in printed
    assert "/_mock/openapi.json" in printed


def test_every_setting_is_a_flag_with_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["serve", "--help"])
    assert ended.value.code == 0
    printed = " ".join(capsys.readouterr().out.split())
    for setting in config.SETTINGS:
        assert setting.flag in printed
        assert setting.environment in printed


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(["--port", "high"], "whole number"), (["--clock", "stopped"], "frozen"), (["--workspace", "/nowhere.json"], "/nowhere.json")],
)
def test_a_setting_that_cannot_be_is_refused_in_words(arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", *arguments]) == 2
    assert word in capsys.readouterr().err


def _file(folder: Path, content: Any) -> str:
    path = folder / "workspaces.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_workspaces_come_from_a_file(tmp_path: Path) -> None:
    one = {"id": "ci", "seed": 7, "clock": {"mode": "frozen"}}
    assert cli.workspaces_in(_file(tmp_path, one)) == [("ci", {"seed": 7, "clock": {"mode": "frozen"}})]
    assert [name for name, _ in cli.workspaces_in(_file(tmp_path, [one, {"id": "other"}]))] == ["ci", "other"]
    assert [name for name, _ in cli.workspaces_in(_file(tmp_path, {"workspaces": [one]}))] == ["ci"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("{", "no JSON"),
        ("7", "JSON object"),
        ([1], "JSON object"),
        ({"seed": 7}, '"id"'),
        ({"id": "a", "sead": 7}, "sead"),
        ({"id": "a", "seed": "x"}, "seed"),
        ({"id": "a", "world": "dmeo"}, "demo"),
        ({"id": "../a"}, "letters"),
    ],
)
def test_a_file_that_cannot_be_is_refused_in_words(tmp_path: Path, content: Any, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        cli.workspaces_in(_file(tmp_path, content))


def test_the_default_workspace_follows_the_settings() -> None:
    settings = {**config.defaults(), "seed": 9, "buyers_per_hour": 0}
    spec = cli.default_workspace(settings)
    assert spec["seed"] == 9
    server, _ = made()
    assert server.simulator.create(spec, name="default").world.seed == 9


def test_the_control_api_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["openapi"]) == 0
    assert json.loads(capsys.readouterr().out)["openapi"] == "3.1.0"


def test_who_waits_goes_on_once_the_server_has_the_workspace(capsys: pytest.CaptureFixture[str]) -> None:
    with Served() as host:
        host.control("PUT", "/workspaces/ci", {"world": "small"})
        assert cli.main(["wait", "--url", host.base_url, "--workspace", "ci"]) == 0
    assert capsys.readouterr() == ("", "")


def test_who_waits_in_vain_is_told_for_what(capsys: pytest.CaptureFixture[str]) -> None:
    with Served() as host:
        host.control("PUT", "/workspaces/ci", {"world": "small"})
        assert cli.main(["wait", "--url", host.base_url, "--timeout", "0"]) == 1
        assert "has no workspace 'default'; it has ci" in capsys.readouterr().err
    assert cli.main(["wait", "--url", host.base_url, "--timeout", "0"]) == 1
    assert f"waited 0 s for {host.base_url}: nobody answers" in capsys.readouterr().err


def test_who_waits_at_another_server_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as other:
        threading.Thread(target=other.handle_request, daemon=True).start()
        assert cli.main(["wait", "--url", f"http://127.0.0.1:{other.server_port}", "--timeout", "0"]) == 1
    assert "is no mockplatforms" in capsys.readouterr().err


def test_where_to_wait_is_a_url(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["wait", "--url", "127.0.0.1:8700"]) == 2
    assert "http://127.0.0.1:8700" in capsys.readouterr().err
