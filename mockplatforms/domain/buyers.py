"""Simulated buyers: so many an hour in each app, they order, mostly pay, sometimes cancel or chat, on the right side in each phase."""

from __future__ import annotations

from contextlib import suppress

from . import cancellations, chats, migration, placing, shops, timers
from .errors import Refused
from .instants import HOUR
from .phases import Platform
from .world import World

_QUESTIONS = (
    "Halo kak, barangnya ready?",
    "Kak, kapan dikirim ya?",
    "Bisa dikirim hari ini?",
    "Warna lain masih ada?",
    "Garansi berapa lama kak?",
)

# Timer subjects: 1 is the Tokopedia app, 2 the TikTok app.
APPS = {1: Platform.TOKOPEDIA, 2: Platform.TIKTOK_SHOP}


def rate(world: World, app: Platform) -> int:
    return world.rules.buyers_per_hour_tokopedia if app is Platform.TOKOPEDIA else world.rules.buyers_per_hour_tiktok_shop


def start(world: World) -> World:
    """Let the buyers of both apps come, as the rules say; none where the rate is 0."""
    for subject, app in APPS.items():
        world = timers.stop(world, "buyers.tick", subject)
        if rate(world, app):
            world = _again(world, subject, app)
    return world


def _again(world: World, subject: int, app: Platform) -> World:
    mean = HOUR // rate(world, app)
    wait = world.between("buyers.wait", world.next, max(1, mean // 2), max(1, mean * 3 // 2))
    return timers.set(world, "buyers.tick", subject, due=world.now.world + wait)


def tick(world: World, subject: int) -> World:
    """One buyer comes."""
    app = APPS[subject]
    if not rate(world, app):
        return world
    with suppress(Refused):  # a shop that sells nothing, a buyer who finds it out of stock: nothing happens
        world = _one(world, app)
    return _again(world, subject, app)


def _one(world: World, app: Platform) -> World:
    key = world.next
    able = [s for s in shops.sellers(world) if (s.tokopedia if app is Platform.TOKOPEDIA else s.tiktok_shop) is not None]
    if not able:
        return world
    owner = able[world.between("buyers.seller", key, 0, len(able) - 1)]
    platform = migration.owner_of_new_order(world, owner, app)
    buyer = placing.buyer_named(world, None)
    lot = world.draw("buyers.lot", key)
    if lot < 0.12:
        text = _QUESTIONS[world.between("buyers.text", key, 0, len(_QUESTIONS) - 1)]
        return chats.buyer_writes(world, owner.serial, buyer.serial, app, platform, chats.text(text)).world
    lines = placing.resolve(world, owner, app, ())
    world, serial = placing.place(world, owner, lines, buyer=buyer, buyer_app=app, platform=platform, pay=lot < 0.85, pay_after=1800 if lot >= 0.93 else 0)
    if 0.12 <= lot < 0.17:
        world = cancellations.request_cancel(world, serial, "salah pesan")
    return world
