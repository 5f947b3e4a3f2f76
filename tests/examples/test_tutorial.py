"""docs/tutorial.md, block by block, as a newcomer does it: what it says fails does fail, and the fix mends it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

TUTORIAL = (Path(__file__).parent.parent.parent / "docs" / "tutorial.md").read_text()
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\w+\.py)\n")


class Block(NamedTuple):
    language: str
    text: str


class Newcomer:
    """An empty folder, a shell, and a port of its own in place of 8700."""

    def __init__(self, at: Path) -> None:
        self.at = at
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        plugin = any(entry.name == "mockplatforms" for entry in entry_points(group="pytest11"))
        self.environment = {
            **os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONDONTWRITEBYTECODE": "1",
            "MOCKPLATFORMS_PORT": str(self.port), "PIP_NO_INDEX": "1", "PYTEST_ADDOPTS": "" if plugin else "-p mockplatforms.pytest_plugin",
        }  # fmt: skip

    @contextmanager
    def serving(self, command: str) -> Iterator[None]:
        """The second terminal."""
        with subprocess.Popen(command.split(), cwd=self.at, env=self.environment, stdout=subprocess.DEVNULL) as server:
            try:
                yield
            finally:
                server.terminate()

    def types(self, block: Block) -> tuple[int, str]:
        command = block.text.replace(":8700", f":{self.port}")
        ran = subprocess.run(["bash", "-ec", command], cwd=self.at, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        return ran.returncode, ran.stdout

    def writes(self, block: Block) -> None:
        named = _FILE.match(block.text)
        assert named is not None, f"which file is this? {block.text[:60]}"
        (self.at / named[1]).write_text(block.text)

    def edits(self, name: str, diff: Block) -> None:
        lines = diff.text.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] != "+")
        new = "".join(line[1:] for line in lines if line[0] != "-")
        text = (self.at / name).read_text()
        assert text.count(old) == 1
        (self.at / name).write_text(text.replace(old, new))


def test_the_tutorial_goes_as_it_says(tmp_path: Path) -> None:
    blocks = [Block(*found) for found in _BLOCK.findall(TUTORIAL)]
    shells = [block for block in blocks if block.language == "sh"]
    files = [block for block in blocks if block.language == "python"]
    [diff] = [block for block in blocks if block.language == "diff"]
    assert {block.language for block in blocks} == {"sh", "python", "diff", "text"}  # text is what is printed
    install, serve, first, refused, tests, fuzz, stories, everything = shells
    integration, plain, machine, regression = files
    newcomer = Newcomer(tmp_path)

    assert newcomer.types(install)[0] == 0
    with newcomer.serving(serve.text):
        code, told = newcomer.types(first)
        assert code == 0 and '"shop_name":"Maju Jaya"' in told, told
        code, told = newcomer.types(refused)
        assert code == 0 and "the bearer token is not this workspace's" in told, told

    newcomer.writes(integration)
    newcomer.writes(plain)
    code, told = newcomer.types(tests)
    assert code == 0 and "2 passed" in told, told

    newcomer.writes(machine)
    code, told = newcomer.types(fuzz)
    assert code == 1 and "Each paid order is fetched in time" in told and "the story:" in told, told
    printed = re.search(r"^E +def (test_every_order_is_known\(\):\n(?:E +(?:with|machine\.).*\n)+)", told, re.MULTILINE)
    assert printed is not None, told
    (tmp_path / "test_printed.py").write_text("from test_fuzz import Machine\n\n\ndef " + re.sub(r"^E {19}", "", printed[1], flags=re.MULTILINE))

    newcomer.writes(regression)
    code, told = newcomer.types(stories)
    assert code == 1 and "2 failed" in told, told
    code, told = newcomer.types(Block("sh", "pytest test_printed.py"))
    assert code == 1 and "1 failed" in told, told

    newcomer.edits("integration.py", diff)
    code, told = newcomer.types(everything)
    assert code == 0 and "6 passed" in told, told
