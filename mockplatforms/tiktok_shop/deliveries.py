"""How packages travel and arrive: tracking, what sellers who deliver by themselves report, and their proofs."""

from __future__ import annotations

from typing import Any

from ..domain import packages, shipping
from ..domain.packages import Package, PackageStatus
from ..domain.phases import Family
from ..domain.world import World
from ..gateway.call import Call
from . import documents, formats, fulfilment, ids, multipart, order_view, paging
from .catalog import serves
from .orders import mine
from .words import refuse

# ---- tracking ----------------------------------------------------------------------------------------------------------------------------


def _journey(package: Package) -> list[tuple[int, str]]:
    """What has happened to a package, the latest first: wire time and words. The words are inferred."""
    steps = (
        ("Seller has arranged the shipment", package.shipped),
        ("Your package was picked up by the courier", package.collected),
        (f"Your package could not be delivered: {package.failed.replace('_', ' ').lower()}", package.failed_at if package.failed else None),
        ("Your package was delivered!", package.delivered),
    )
    return [(at.wire, text) for text, at in reversed(steps) if at is not None]


@serves("get-tracking-202309", family=Family.FULFILMENT)
def tracking(call: Call) -> dict[str, Any]:
    """How far the packages of an order have travelled, the latest first, in milliseconds."""
    order = mine(call, call.params["order_id"])
    call.showed("orders", order.serial)
    steps = [step for serial in order.packages for step in _journey(packages.find(call.world, serial))]
    steps.sort(key=lambda step: step[0], reverse=True)
    return {"tracking": [{"description": text, "update_time_millis": at * 1000} for at, text in steps]}


@serves("get-logistics-tracking-202604", family=Family.LOGISTICS_READ)
def order_tracking(call: Call) -> dict[str, Any]:
    """The same package by package, as a client library of 2026 knows it."""
    world = call.world
    order = mine(call, call.params["order_id"])
    call.showed("orders", order.serial)
    details = []
    for package in (packages.find(world, serial) for serial in order.packages):
        if package.shipped is not None:
            number = package.tracking_number
            steps = [{"description": text, "tracking_no": number, "update_time_millis": at * 1000} for at, text in _journey(package)]
            details.append({"newest_tracking_no": number, "carrier_name": order_view.courier(world, package.courier).shipper, "track_list": steps})
    return {"order_id": ids.text(ids.order(world), order.serial), "logistics_details": details}


# ---- delivered by the seller -------------------------------------------------------------------------------------------------------------

_NOT_THEIRS, _NOT_NOW = 10007014, 21011003


@serves("update-package-delivery-status-202309", family=Family.FULFILMENT, effect="write")
def deliver(call: Call) -> dict[str, Any]:
    """Sellers with a fleet of their own tell how the delivery of their packages went; the rows that are refused are named."""
    rows = call.body["packages"]
    answers = call.each(rows, lambda world, row: _reported(world, call, row))
    return {"errors": fulfilment.errors(call, "package_id", [row["id"] for row in rows], answers)}


def _reported(world: World, call: Call, row: dict[str, Any]) -> World:
    text, how, proof = row["id"], row["delivery_type"], row.get("file_url", "")
    package = fulfilment.own(call, text, world)
    if not fulfilment.by_seller(world, package):
        raise refuse(_NOT_THEIRS, f"package {text} travels with the platform's courier, who tells by themselves how it went")
    if package.waits or package.status is PackageStatus.CANCELLED:
        raise refuse(_NOT_NOW, f"package {text} is {package.status}: ship it first" if package.waits else f"package {text} is cancelled")
    if how == "UPDATE_POD":
        if not proof:
            raise refuse(paging.INVALID, "a proof of delivery is named by file_url")
        return packages.keep(world, package.but(proof=proof, updated=world.now, revised=world.revision))
    if package.status is PackageStatus.COMPLETED:
        raise refuse(_NOT_NOW, f"package {text} was delivered: only its proof can still change (UPDATE_POD)")
    if package.status is PackageStatus.PROCESSING:  # a seller's own fleet scans nothing: it is on its way with the first report (inferred)
        world = shipping.package_collected(world, package.serial)
    if how == "DELIVERY_FAILED":
        return shipping.package_not_delivered(world, package.serial, row.get("fail_delivery_reason", "OTHER"), proof=proof)
    return shipping.package_delivered(world, package.serial, by="seller", proof=proof)


# ---- proofs ------------------------------------------------------------------------------------------------------------------------------

_EMPTY, _KIND, _SIZE, _RESOLUTION = 12038002, 12038004, 12038005, 12019116
_LARGEST_FILE, _LARGEST_IMAGE = 10 * 1024 * 1024, 5 * 1024 * 1024  # documented with the codes


def _given(call: Call, most: int, too_large: str) -> tuple[bytes, str]:
    parts = multipart.parts(call, _EMPTY)
    content = parts.get("data", b"")
    if not content:
        raise refuse(_EMPTY, "the multipart body has no content in the field `data`")
    if len(content) > most:
        raise refuse(_SIZE, f"{len(content)} bytes came, {most} are possible", message=too_large)
    return content, parts.get("name", b"").decode("utf-8", "replace")


def _kept(call: Call, content: bytes, ending: str) -> str:
    """Keep a proof; answers the address from which it comes back as it was."""
    serial = call.apply(packages.prove, call.seller.serial, content)
    return f"{call.request.origin}/_mock/documents/{call.workspace.name}/{documents.PROOFS}/{ids.text(ids.proof(call.world), serial)}.{ending}"


@serves("fulfillment-upload-delivery-file-202309", family=Family.FULFILMENT, effect="write")
def upload_file(call: Call) -> dict[str, Any]:
    """A PDF that shows a delivery, to be named by its address."""
    content, name = _given(call, _LARGEST_FILE, "Invalid file size. Please ensure your file is smaller than 10MB.")
    if not content.startswith(b"%PDF"):
        raise refuse(_KIND, "what came is no PDF", message="Invalid file type. Please ensure you are providing a PDF file.")
    return {"url": _kept(call, content, "pdf"), "name": name}


@serves("fulfillment-upload-delivery-image-202309", family=Family.FULFILMENT, effect="write")
def upload_image(call: Call) -> dict[str, Any]:
    """A picture that shows a delivery, to be named by its address."""
    content, _ = _given(call, _LARGEST_IMAGE, "Invalid image file size. Please ensure your image file size does not exceed 5MB.")
    media = formats.picture(content)
    if media is None or media.form not in ("PNG", "JPEG"):
        raise refuse(_KIND, "what came is neither JPG nor PNG", message="Invalid image file type. Please ensure your image is in JPG, JPEG, or PNG format.")
    width, height = media.width, media.height
    if not (100 <= width <= 20000 and 100 <= height <= 20000):
        raise refuse(_RESOLUTION, f"the picture has {width} × {height} pixels, 100 to 20000 each way are possible")
    return {"url": _kept(call, content, "png" if media.form == "PNG" else "jpg"), "width": width, "height": height}
