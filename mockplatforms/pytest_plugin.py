"""Fixtures for pytest: ``shop`` on a server of this session, ``local_shop`` without sockets, ``async_shop`` for tests in an event loop.

Nothing heavy is imported until a test asks.

``@pytest.mark.mockplatforms(phase="MERGED", sellers=["satu", "dua"], settings={…})`` says what the test's workspace is like.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .testing import AsyncShop, Local, Served, Shop


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "mockplatforms(phase, world, sellers, seller, seed, settings, strict, lenient, quota, faults, chaos, clock): what the workspace of shop, local_shop or async_shop is like",
    )


@pytest.fixture(scope="session")
def mockplatforms_server() -> Iterator[Served]:
    """One server for all tests of this process, at a free port; each test has a workspace of its own on it."""
    from .testing import Served

    with Served() as host:
        yield host


@pytest.fixture(scope="session")
def mockplatforms_local() -> Local:
    """One simulator in this process, without sockets."""
    from .testing import Local

    return Local()


@pytest.fixture
def shop(request: pytest.FixtureRequest, mockplatforms_server: Served) -> Iterator[Shop]:
    """A shop on the session's server: paste ``shop.base_url`` and ``shop.credentials`` into the integration."""
    yield from _shop(request, mockplatforms_server)


@pytest.fixture
def local_shop(request: pytest.FixtureRequest, mockplatforms_local: Local) -> Iterator[Shop]:
    """A shop in this process: call it through its clients or transports; webhooks go where ``receive`` says, when ``deliver`` is called."""
    yield from _shop(request, mockplatforms_local)


@pytest.fixture
def async_shop(request: pytest.FixtureRequest, mockplatforms_server: Served) -> Iterator[AsyncShop]:
    """A shop on the session's server whose steps are awaited, whatever runs the test's event loop."""
    from .testing import AsyncShop

    for made in _shop(request, mockplatforms_server):
        yield AsyncShop(made)


def _shop(request: pytest.FixtureRequest, host: Any) -> Iterator[Shop]:
    from .testing import NotPossible, workspaces

    choices: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("mockplatforms"))):
        if marker.args:
            pytest.fail(f"mark mockplatforms takes names: phase={marker.args[0]!r}?", pytrace=False)
        choices |= marker.kwargs
    try:
        with workspaces.shop(host, f"{request.node.nodeid}/{request.fixturename}", **choices) as made:
            yield made
    except (ValueError, NotPossible) as no:
        pytest.fail(f"mark mockplatforms: {no}", pytrace=False)
