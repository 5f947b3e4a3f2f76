"""Tokopedia's product writes as descriptions: done at once (V3), or handed in as a batch that is worked off after a while (V2)."""

from __future__ import annotations

from typing import Any

from . import migration, products, shops, timers
from .errors import Forbidden, Invalid, Refused, Unknown
from .events import UploadFinished
from .instants import Instant
from .phases import Family, Platform
from .products import Listing, SkuDraft
from .table import Table
from .value import Value, value
from .world import Change, World


class RowRefused(Invalid):
    """A row of a product write that cannot be."""


class UploadUnknown(Unknown):
    """There is no such batch."""


@value
class Row(Value):
    """One product to make or to change. ``wrong``: why it cannot be, where that was plain when it was handed in.

    ``product`` is the record that is changed, None for a new one; ``facts`` are fields of Product. Of a record without variants ``price``,
    ``stock`` and ``seller_sku`` may change too; ``drafts`` are all SKUs of a new product, or those that replace the variants of an old one.
    """

    name: str = ""
    seller_sku: str | None = None
    wrong: str = ""
    product: int | None = None
    facts: tuple[tuple[str, Any], ...] = ()
    drafts: tuple[SkuDraft, ...] = ()
    axes: tuple[str, ...] = ()
    listing: Listing = Listing.ACTIVATE
    price: int | None = None
    stock: int | None = None


@value
class Upload(Value):
    """A batch. ``succeeded``: serials of products; ``failed``: (name, seller SKU, why)."""

    serial: int
    seller: int
    kind: str  # create or edit
    rows: tuple[Row, ...]
    status: str  # PROCESSING or DONE
    created: Instant
    succeeded: tuple[int, ...] = ()
    failed: tuple[tuple[str, str, str], ...] = ()


UPLOADS = Table("uploads", Upload)


def perform(world: World, seller: int, row: Row) -> Change:
    """Make or change one product. Answers its serial."""
    if row.wrong:
        raise RowRefused(row.wrong)
    facts = dict(row.facts)
    if row.product is None:
        return products.create(world, seller, Platform.TOKOPEDIA, row.drafts, listing=row.listing, axes=row.axes, **facts)
    record = products.find(world, row.product)
    if row.drafts:
        facts["skus"], world = products.new_skus(world, record, row.drafts, whole=False)
        facts["axes"] = row.axes
    world = products.edit(world, record.serial, Platform.TOKOPEDIA, **facts)
    if row.drafts or record.axes:
        return Change(world, record.serial)
    sku = record.skus[0].serial
    if row.price is not None:
        world = products.set_price(world, record.serial, sku, row.price)
    if row.stock is not None:
        place = shops.default_warehouse(world, seller, Platform.TOKOPEDIA).serial
        world = products.set_stock(world, record.serial, sku, place, row.stock)
    if row.seller_sku is not None:
        now = products.find(world, record.serial)
        world = products.with_sku(world, now, products.sku_of(now, sku).but(seller_sku=row.seller_sku))
    return Change(world, record.serial)


def submit(world: World, seller: int, kind: str, rows: tuple[Row, ...]) -> Change:
    """Hand in a batch, to be worked off at once or after ``upload_seconds``. Answers its serial."""
    serial, world = world.take()
    world = world.put(UPLOADS, Upload(serial, seller, kind, rows, "PROCESSING", world.now))
    if world.rules.upload_seconds:
        return Change(timers.set(world, "upload.work", serial, due=world.now.world + world.rules.upload_seconds), serial)
    return Change(work_off(world, serial), serial)


def work_off(world: World, serial: int) -> World:
    """Every row in turn. What the migration has closed since the batch was handed in fails here, row by row."""
    upload = find(world, serial)
    verdict = migration.allows(world.rules, shops.seller(world, upload.seller), Platform.TOKOPEDIA, Family.PRODUCT_WRITE)
    succeeded: list[int] = []
    failed: list[tuple[str, str, str]] = []
    for row in upload.rows:
        try:
            if not verdict.open:
                raise Forbidden(f"Product is locked because of shop migration ({verdict.words})")
            world, made = perform(world, upload.seller, row)
            succeeded.append(made)
        except Refused as no:
            failed.append((row.name, row.seller_sku or "", str(no)))
    world = world.put(UPLOADS, upload.but(status="DONE", succeeded=tuple(succeeded), failed=tuple(failed)))
    return world.tell(UploadFinished(upload.seller, world.now, serial, upload.kind, tuple(succeeded)))


def find(world: World, serial: int | None) -> Upload:
    found = None if serial is None else world.get(UPLOADS, serial)
    if found is None:
        raise UploadUnknown("there is no such batch")
    return found
