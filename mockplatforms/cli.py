"""The command: serve the simulator, wait for it, cause and watch webhooks, watch a rehearsal, ask what is wrong, print the control API."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import __version__, config

if TYPE_CHECKING:
    from .server.live import Server


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says. Answers the exit code."""
    parser = _parser()
    chosen, rest = parser.parse_known_args(arguments)
    if chosen.run is _demo:
        chosen.arguments = rest  # the demo reads its own
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        code: int = chosen.run(chosen)
    except ValueError as no:
        print(f"mockplatforms: {no}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who read the output has gone, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mockplatforms", description="Tokopedia and TikTok Shop on localhost, with the migration between them."
    )
    parser.add_argument("--version", action="version", version=f"mockplatforms {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    serve = commands.add_parser(
        "serve", help="serve both platforms and the control API", description="Serve both platforms and the control API on one port."
    )
    for setting in config.SETTINGS:
        _flag(serve, setting)
    serve.set_defaults(run=_serve)

    opened = commands.add_parser(
        "open",
        help="show a bundle: a workspace as somebody else has packed it",
        description="Serve the workspace of a bundle (GET /_mock/workspaces/{id}/bundle) as it was: time stands still, what it owes is held.",
    )
    opened.add_argument("file", help="the bundle")
    for setting in config.SETTINGS:
        _flag(opened, setting)
    opened.set_defaults(run=_open)

    run = commands.add_parser(
        "run",
        help="run a schedule: a workspace and what happens in it when",
        description="Run a schedule (JSON or YAML) on a running server, or on one of its own. Exit code 1: a step went otherwise than it says.",
    )
    run.add_argument("file", help="the schedule; -: from standard input")
    run.add_argument("--url", help="a running server; absent: one of its own, gone at the end")
    run.add_argument("--pace", type=float, default=0.0, help="real seconds after each step, for an integration that polls")
    run.set_defaults(run=_run)
    export = commands.add_parser(
        "export",
        help="print what was done in a workspace as a schedule, to be run again",
        description="Print what was done in a workspace since its birth or last reset as a schedule (JSON), to be run again: mockplatforms export | mockplatforms run -",
    )
    export.add_argument("--url", help="where the server is (default: from --host and --port's defaults)")
    export.add_argument("--workspace", default="default")
    export.add_argument("--calls", action="store_true", help="the platforms' calls as well")
    export.set_defaults(run=_export)

    wait = commands.add_parser(
        "wait",
        help="wait until a server answers and has a workspace",
        description="Wait until a server answers and has the workspace. Exit code 1: it did not within the timeout, and what was missing is said.",
    )
    wait.add_argument("--url", help="where the server is (default: from --host and --port's defaults)")
    wait.add_argument("--timeout", type=float, default=30.0, help="seconds (default: 30)")
    wait.add_argument("--workspace", default="default", metavar="NAME", help="the workspace that must be there (default: default)")
    wait.set_defaults(run=_wait)

    demo = commands.add_parser("demo", help="watch one whole rehearsal of a migration", add_help=False)
    demo.set_defaults(run=_demo)

    doctor = commands.add_parser(
        "doctor",
        help="say what is wrong between a server, an integration and its receivers",
        description="Make one call of each kind against a running server and its registered webhook addresses, and say what is wrong.",
    )
    _remote(doctor)
    doctor.add_argument("--no-webhooks", action="store_true", help="leave the registered webhook addresses alone")
    doctor.set_defaults(run=_doctor)

    trigger = commands.add_parser(
        "trigger",
        help="cause a webhook; without a topic: list them",
        description="Cause a webhook of a topic in a running server, by doing what causes it. Without a topic: list all and what is done for each.",
    )
    trigger.add_argument("topic", nargs="?", help="such as ORDER_STATUS_CHANGE or merge")
    trigger.add_argument("--seller", help="short name of a seller (default: the first)")
    trigger.add_argument("--order", help="key or id of an order (default: one is placed where it is needed)")
    trigger.add_argument("--product", help="id of a product (default: the first of the shop)")
    _remote(trigger)
    trigger.set_defaults(run=_trigger)

    listen = commands.add_parser(
        "listen",
        help="print webhooks as they are delivered",
        description="Print every attempt to deliver a webhook as it happens: time, platform, topic, address, status, milliseconds, how the body begins.",
    )
    listen.add_argument("--forward", metavar="URL", help="send what is delivered on to this address as well, with the same headers and bytes")
    listen.add_argument("--register", action="store_true", help="register a receiver of its own for all webhooks, and print whole bodies: no receiver is needed")
    listen.add_argument("--json", action="store_true", help="a line of JSON for each attempt")
    listen.add_argument("--count", type=int, default=0, metavar="N", help="end after so many attempts (default: go on)")
    _remote(listen)
    listen.set_defaults(run=_listen)

    openapi = commands.add_parser("openapi", help="print the control API as an OpenAPI document")
    openapi.set_defaults(run=_openapi)
    coverage = commands.add_parser("coverage", help="print what is served, and how each part is known, as a table")
    coverage.set_defaults(run=_coverage)
    return parser


def _remote(parser: argparse.ArgumentParser) -> None:
    """Which server and workspace a command is about."""
    parser.add_argument("--url", default=None, help="where the server is; the address that it prints (default: from --host and --port's defaults)")
    parser.add_argument("--workspace", default="default", help="name of the workspace")


def _flag(parser: argparse.ArgumentParser, setting: config.Setting) -> None:
    """One flag from its row; what it reads is judged by the row too, so flags and environment agree."""
    default = ", ".join(setting.default) if setting.many else setting.default
    shown = f" (default: {default})" if default not in ("", None) else ""
    text = f"{setting.help}{shown}; {setting.environment}".replace("%", "%%")
    action = "append" if setting.many else "store"
    metavar = "{" + ",".join(setting.choices) + "}" if setting.choices else setting.name.rpartition("_")[2].upper()
    parser.add_argument(setting.flag, dest=setting.name, action=action, metavar=metavar, help=text)


def _flags(chosen: argparse.Namespace) -> dict[str, str]:
    """The flags that were given, as text."""
    given = {setting.name: getattr(chosen, setting.name) for setting in config.SETTINGS}
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in given.items() if value is not None}


# ---- serve -----------------------------------------------------------------------------------------------------------------------------


def _serve(chosen: argparse.Namespace) -> int:
    settings = config.load(_flags(chosen))
    specs = [spec for path in settings["workspace"] for spec in workspaces_in(path)]

    def prepare(server: Server) -> None:
        for name, spec in {"default": default_workspace(settings), **dict(specs)}.items():
            server.simulator.create(spec, name=name)

    return _served(settings, prepare)


def _open(chosen: argparse.Namespace) -> int:
    try:
        with open(chosen.file, "rb") as file:
            document = file.read()
    except OSError as no:
        raise ValueError(f"{chosen.file}: {no.strerror}") from None

    def prepare(server: Server) -> None:
        from .server import bundles

        bundles.unpack(server.simulator, document)

    return _served(config.load(_flags(chosen)), prepare)


def _served(settings: dict[str, Any], prepare: Callable[[Server], None]) -> int:
    def ready(server: Server) -> None:
        from .server import banner

        print(banner.text(server.simulator, server.base_url), flush=True)

    from .server import live

    live.serve(settings, prepare=prepare, ready=ready)
    return 0


def default_workspace(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The specification of the workspace ``default``: the demo world, as the settings choose it."""
    buyers = settings["buyers_per_hour"]
    return {
        "seed": settings["seed"],
        "world": settings["world"],
        "clock": {"mode": settings["clock"], "scale": settings["scale"], "wire": settings["wire"]},
        "ids": settings["ids"],
        "settings": {"buyers_per_hour_tokopedia": buyers, "buyers_per_hour_tiktok_shop": buyers},
        "quota": settings["quota"],
    }


def workspaces_in(path: str) -> list[tuple[str, dict[str, Any]]]:
    """Names and specifications in a JSON file: one workspace with its ``id``, a list of them, or {"workspaces": […]}.

    The fields are those of POST /_mock/workspaces. Raises ValueError in words.
    """
    from .gateway import fields
    from .server.control.routes import Problem
    from .server.control.workspaces import SPEC, called, judged

    try:
        with open(path, encoding="utf-8") as file:
            read = json.load(file)
    except OSError as no:
        raise ValueError(f"--workspace {path}: {no.strerror}") from None
    except ValueError as no:
        raise ValueError(f"--workspace {path} is no JSON: {no}") from None
    rows = read.get("workspaces", [read]) if isinstance(read, dict) else read
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"--workspace {path}: a workspace is a JSON object; several are a list of them")
    made = []
    for row in rows:
        name = row.pop("id", None)
        if not isinstance(name, str) or not name:
            raise ValueError(f'--workspace {path}: each workspace needs an "id", its name')
        strangers = fields.unknown(SPEC, row)
        if strangers:
            raise ValueError(f"--workspace {path}: workspace {name!r} has unknown fields: {', '.join(strangers)}; known: {', '.join(SPEC)}")
        spec, wrong = fields.body(SPEC, row)
        if wrong:
            raise ValueError(f"--workspace {path}: workspace {name!r}: " + "; ".join(problem.words for problem in wrong))
        try:
            made.append((called(name), judged(spec)))
        except Problem as no:
            raise ValueError(f"--workspace {path}: workspace {name!r}: {no.detail}") from None
    return made


# ---- the other commands ----------------------------------------------------------------------------------------------------------------


def _demo(chosen: argparse.Namespace) -> int:
    from .server import demo

    code: int = demo.run(chosen.arguments)
    return code


def _doctor(chosen: argparse.Namespace) -> int:
    from .server import doctor

    return doctor.run(_server(chosen), chosen.workspace, webhooks=not chosen.no_webhooks)


def _wait(chosen: argparse.Namespace) -> int:
    url = _server(chosen).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"--url is an http or https URL such as http://127.0.0.1:8700, not {url!r}")
    began = time.monotonic()
    while missing := _missing(url, chosen.workspace):
        if time.monotonic() - began >= chosen.timeout:
            print(f"mockplatforms: waited {chosen.timeout:g} s for {url}: {missing}", file=sys.stderr)
            return 1
        time.sleep(0.1)
    return 0


def _missing(url: str, workspace: str) -> str:
    """What is missing before calls of that workspace can be answered, in words; empty: nothing."""
    import httpx

    try:
        with httpx.Client(timeout=5, trust_env=False) as http:
            health = http.get(f"{url}/_mock/health")
            if health.status_code != 200 or health.json().get("status") != "ok":
                return f"what answers there is no mockplatforms, or not for this host name ({health.status_code} {health.text[:200]!r})"
            if http.get(f"{url}/_mock/workspaces/{workspace}").status_code == 200:
                return ""
            names = [row["id"] for row in http.get(f"{url}/_mock/workspaces").json()["workspaces"]]
            return f"it answers, but has no workspace {workspace!r}; it has {', '.join(names) or 'none'}"
    except httpx.InvalidURL as no:
        raise ValueError(f"--url {url}: {no}") from None
    except httpx.HTTPError as no:
        return f"nobody answers ({no or type(no).__name__}); is mockplatforms serve running, and at this port?"
    except (ValueError, AttributeError):
        return "what answers there is no mockplatforms (its reply is not JSON)"


def _server(chosen: argparse.Namespace) -> str:
    """The server that a command talks to: the one that is named, or where one listens that was started without further words."""
    settings = config.load()
    return str(chosen.url or settings["public_url"] or f"http://{settings['host']}:{settings['port']}")


def _trigger(chosen: argparse.Namespace) -> int:
    if chosen.topic is None:
        from .server.control.triggers import TRIGGERS

        for topic, row in TRIGGERS.items():
            print(f"{row.platform:<11}  {topic:<33}  {row.words}")
        return 0
    about = {name: getattr(chosen, name) for name in ("seller", "order", "product") if getattr(chosen, name)}
    told = _control("POST", _server(chosen), f"/workspaces/{chosen.workspace}/webhooks/trigger", {"topic": chosen.topic, **about})
    print(*told["did"], sep="\n")
    for row in told["deliveries"]:
        print(f"delivery {row['id']}: {row['topic']} → {row['url']} ({row['status']})")
    return 0


def _listen(chosen: argparse.Namespace) -> int:
    from .server import listener

    options = listener.Options(forward=chosen.forward or "", register=chosen.register, as_json=chosen.json, count=chosen.count)
    return listener.listen(_server(chosen), chosen.workspace, options)


def _run(chosen: argparse.Namespace) -> int:
    from contextlib import ExitStack

    from .testing.hosts import Served

    try:
        if chosen.file == "-":
            text = sys.stdin.read()
        else:
            with open(chosen.file, encoding="utf-8") as file:
                text = file.read()
    except OSError as no:
        raise ValueError(f"{chosen.file}: {no.strerror}") from None
    except UnicodeDecodeError as no:
        raise ValueError(f"{chosen.file} is no text in UTF-8: {no.reason} at byte {no.start}") from None
    with ExitStack() as stack:
        url = chosen.url or stack.enter_context(Served()).base_url
        played = _control("POST", url, "/schedules", {"text": text, "pace": chosen.pace})
    for step in played["steps"]:
        print(f"{step['at']:>9} s  {step.get('do') or step.get('call') or 'time passes'}  {step.get('status', '')}".rstrip())
    print(played["surprise"] or f"{len(played['steps'])} steps, as the schedule says")
    return 1 if played["surprise"] else 0


def _export(chosen: argparse.Namespace) -> int:
    told = _control("GET", _server(chosen), f"/workspaces/{chosen.workspace}/schedule" + ("?calls=true" if chosen.calls else ""))
    print(json.dumps(told, indent=1, ensure_ascii=False))
    return 0


def _control(method: str, url: str, path: str, body: Any = None) -> Any:
    """A call of a running server's control API. Raises ValueError in words where it is refused, or nobody is there."""
    import httpx

    try:
        answer = httpx.request(method, f"{url.rstrip('/')}/_mock{path}", json=body, timeout=600, trust_env=False)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as no:
        raise ValueError(f"{url} does not answer as mockplatforms ({no}); start it with: mockplatforms serve") from None
    if answer.status_code >= 400:
        raise ValueError(told.get("detail", answer.text))
    return told


def _coverage(chosen: argparse.Namespace) -> int:
    from .server import coverage

    print(coverage.text(), end="")
    return 0


def _openapi(chosen: argparse.Namespace) -> int:
    from .server.control.openapi import document

    defaults = config.defaults()
    print(json.dumps(document(f"http://{defaults['host']}:{defaults['port']}"), indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
