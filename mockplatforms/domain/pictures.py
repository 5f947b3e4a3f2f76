"""Pictures, papers and videos that sellers upload, kept to be shown again: as many as there is room for."""

from __future__ import annotations

from .instants import Instant
from .table import Table
from .value import Value, value
from .world import World

ROOM = 64 * 1024 * 1024  # bytes of content that a world keeps; the oldest go first


@value
class Upload(Value):
    """``name`` follows from what was uploaded, so the same upload is kept once. ``width`` and ``height`` are 0 for papers.

    ``before``: bytes of all that was uploaded before it, so that what the world holds is a difference of two.
    """

    serial: int
    name: str
    title: str  # of the file
    form: str  # PNG, PDF, MP4, …
    content_type: str
    content: bytes
    width: int
    height: int
    at: Instant
    before: int


UPLOADED = Table("uploaded", Upload, by_name=lambda u: ((u.name, u.serial),), by_serial=lambda u: ((u.serial,),))


def named(world: World, name: str) -> Upload | None:
    """What was uploaded under that name, if it is kept still."""
    found = world.shelf(UPLOADED).first("by_name", (name,))
    return found if found is not None and found.name == name else None


def keep(world: World, name: str, content: bytes, *, form: str, content_type: str, title: str = "", width: int = 0, height: int = 0) -> World:
    """Keep an upload, and let go of the oldest where there is no more room."""
    if named(world, name) is not None:
        return world
    newest = world.shelf(UPLOADED).last("by_serial")
    before = newest.before + len(newest.content) if newest is not None else 0
    while (oldest := world.shelf(UPLOADED).first("by_serial")) is not None and before + len(content) - oldest.before > ROOM:
        world = world.drop(UPLOADED, oldest.serial)
    serial, world = world.take()
    return world.put(UPLOADED, Upload(serial, name, title, form, content_type, content, width, height, world.now, before))
