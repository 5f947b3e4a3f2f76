"""Workspaces for tests: each test gets one of its own, in the phase, with the sellers and by the rules that it asks for."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.phases import Phase
from ..gateway.guesses import meant, nearest
from ..server import fixtures
from .hosts import VIRTUAL, Host, Local, Served
from .receivers import address
from .shop import Shop

if TYPE_CHECKING:
    from .asynchronous import AsyncShop

# What a test may choose, with what it is when it doesn't.
CHOICES: Mapping[str, Any] = {
    "phase": "PRE_MERGE",
    "world": "small",
    "sellers": None,
    "seed": 1,
    "settings": None,
    "strict": None,
    "lenient": None,
    "quota": "announce",
    "faults": None,
    "chaos": None,
    "clock": None,
    "seller": None,
}


def named(text: str) -> str:
    """A workspace's name for a test: the same in every run, another for every test."""
    last = text.rpartition("::")[2].partition("[")[0]
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in last)
    return f"{plain[:40] or 'test'}-{blake2b(text.encode(), digest_size=6).hexdigest()}"


def chosen(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Choices that can be. Raises ValueError in words for one that cannot."""
    for name in choices:
        if name not in CHOICES:
            raise ValueError(f"a test's workspace has no {name!r}; {meant(nearest(name, CHOICES))}it has {', '.join(CHOICES)}")
    made = {**CHOICES, **choices}
    if made["world"] not in fixtures.names():
        raise ValueError(f"there is no world {made['world']!r}; {meant(nearest(str(made['world']), fixtures.names()))}the worlds are {', '.join(fixtures.names())}")
    try:
        made["phase"] = Phase(made["phase"])
    except ValueError:
        raise ValueError(f"there is no phase {made['phase']!r}; the phases are {', '.join(Phase)}") from None
    if made["strict"] and made["lenient"]:
        raise ValueError("prices and stock between the merge and the product merge are strict or lenient, not both")
    if isinstance(made["sellers"], str):
        raise ValueError(f"sellers is a list: sellers=[{made['sellers']!r}]")
    return made


def spec(made: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What POST /_mock/workspaces takes, of what a test has chosen."""
    settings = dict(made["settings"] or {})
    for rule in ("strict", "lenient"):
        if made[rule]:
            settings["modify_after_merge"] = rule
    told: dict[str, Any] = {
        "id": name,
        "seed": made["seed"],
        "world": made["world"],
        "clock": {**VIRTUAL, **(made["clock"] or {})},
        "ids": "repeat",
        "quota": made["quota"],
        "settings": settings,
        "faults": list(made["faults"] or ()),
        "chaos": list(made["chaos"] or ()),
        "webhook_urls": {platform: address(name, platform) for platform in ("tiktok_shop", "tokopedia")},
    }
    if made["sellers"] is not None:
        told["sellers"] = [{"key": row} if isinstance(row, str) else dict(row) for row in made["sellers"]]
    return told


@contextmanager
def shop(host: Host, name: str, **choices: Any) -> Iterator[Shop]:
    """A shop in a workspace of its own, gone at the end."""
    made = chosen(choices)
    name = named(name)
    host.control("POST", "/workspaces", spec(made, name))
    try:
        seller = Shop(host, name, made["seller"])
        if seller.seller not in seller.sellers and made["seller"] is not None:
            raise ValueError(f"there is no seller {made['seller']!r}; the sellers are {', '.join(seller.sellers)}")
        if made["phase"] is not Phase.PRE_MERGE:
            for key in seller.sellers if made["seller"] is None else [made["seller"]]:
                seller.of(key).go(made["phase"])
            seller.deliver()
            seller = Shop(host, name, made["seller"])  # the test begins here
        yield seller
    finally:
        host.receivers.pop(name, None)
        host.control("DELETE", f"/workspaces/{name}")


class Opened:
    """A shop to be opened, by ``with`` or by ``async with``."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Shop]], looped: Callable[[ExitStack], Awaitable[Shop]]) -> None:
        self._opened = opened
        self._looped = looped
        self._stack = ExitStack()

    def __enter__(self) -> Shop:
        return self._stack.enter_context(self._opened())

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    async def __aenter__(self) -> AsyncShop:
        from .asynchronous import AsyncShop

        return AsyncShop(await self._looped(self._stack))

    async def __aexit__(self, *_: object) -> None:
        import asyncio

        await asyncio.to_thread(self._stack.close)


def play(schedule: str | Path | Mapping[str, Any], *, host: Host | None = None) -> Shop:
    """The shop of a schedule (its text, file or object) when all of it has happened, without sockets or on a ``host``.

    Raises AssertionError where a step goes otherwise than the schedule says, NotPossible where the schedule cannot be.
    """
    asked = {"schedule": schedule} if isinstance(schedule, Mapping) else {"text": schedule if isinstance(schedule, str) else schedule.read_text("utf-8")}
    host = host or Local()
    played = host.control("POST", "/schedules", asked)
    if played["surprise"]:
        raise AssertionError(played["surprise"])
    return Shop(host, played["id"])


def opened(bundle: Path | Mapping[str, Any], *, host: Host | None = None) -> Shop:
    """The shop of a bundle (its file or object) as it was: time stands still, and what it owes is held until :meth:`Shop.release`."""
    told = bundle if isinstance(bundle, Mapping) else json.loads(bundle.read_bytes())
    host = host or Local()
    return Shop(host, host.control("POST", "/bundles", {"bundle": told})["id"])


def local(name: str = "local", **choices: Any) -> Opened:
    """A shop without sockets: ``with local() as shop: …``, ``async with local() as shop: …``. Choices: see :data:`CHOICES`."""

    async def looped(stack: ExitStack) -> Shop:
        import asyncio

        from .asynchronous import Looped

        return await asyncio.to_thread(stack.enter_context, shop(Looped(), name, **choices))

    return Opened(lambda: shop(Local(), name, **choices), looped)


def serve(name: str = "served", **choices: Any) -> Opened:
    """A shop on a server at a free port: ``with serve() as shop: point_at(shop.base_url, shop.credentials)``; or ``async with``."""

    @contextmanager
    def opened() -> Iterator[Shop]:
        with Served() as host, shop(host, name, **choices) as made:
            yield made

    async def looped(stack: ExitStack) -> Shop:
        import asyncio

        return await asyncio.to_thread(stack.enter_context, opened())

    return Opened(opened, looped)
