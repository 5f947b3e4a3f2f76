"""Pictures, papers and videos of products: uploaded, kept, and served back under the address that the answer names."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from ..domain import pictures
from ..domain.phases import Family
from ..domain.world import World
from ..gateway.call import Call
from . import formats, multipart, rows
from .catalog import serves
from .words import refuse

NOWHERE = "https://images.mockplatforms.test/"  # of pictures that nobody uploaded: the domain ends in .test and leads nowhere

_LARGEST = 10 * 1024 * 1024  # bytes (documented)
_FORMATS = "JPG, JPEG, PNG, WEBP, HEIC, BMP"
_PIXELS = (100, 20_000)
_MAIN_PIXELS = (300, 4_000)
_CHART_PIXELS = 1_024  # of the shorter side
_SQUARED = ("MAIN_IMAGE", "ATTRIBUTE_IMAGE")
_CASES = (*_SQUARED, "DESCRIPTION_IMAGE", "CERTIFICATION_IMAGE", "SIZE_CHART_IMAGE", "CUSTOMIZATION_IMAGE")
_TYPES = {"PDF": "application/pdf", "MP4": "video/mp4", "MOV": "video/quicktime", "WEBM": "video/webm"}


class Album(NamedTuple):
    """The uploads of a world, with the address under which whoever asks can fetch them."""

    world: World
    address: str

    def shown(self, address: str) -> dict[str, Any]:
        """A picture of a product; one that nobody uploaded has only a name."""
        name = address.rpartition("/")[2]
        kept = pictures.named(self.world, name) if address.startswith(NOWHERE) else None
        url = self.address + name if kept is not None else address if "://" in address else NOWHERE + address
        width, height = (kept.width, kept.height) if kept is not None else (1000, 1000)
        return {"uri": name, "urls": [url], "thumb_urls": [url], "width": width, "height": height}


def album(call: Call) -> Album:
    return Album(call.world, _address(call))


def _address(call: Call) -> str:
    return f"{call.request.origin}/_mock/uploads/{call.workspace.name}/"


# ---- named in a product -------------------------------------------------------------------------------------------------------------------


def picture(call: Call, world: World, uri: str, code: int) -> str:
    """A picture that was uploaded before, as a product keeps it. Raises Refusal for an address from elsewhere."""
    if "://" in uri:
        raise refuse(code, f"{uri[:80]!r} is an address: pictures are named by the uri that POST /product/202309/images/upload answers")
    known(call, world, uri, code)
    return NOWHERE + uri


def main(call: Call, world: World, uri: str) -> str:
    """A main picture: one that was uploaded for another use may be too small for it."""
    named, kept, least = picture(call, world, uri, 12052300), pictures.named(world, uri), _MAIN_PIXELS[0]
    if kept is not None and min(kept.width, kept.height) < least and world.rules.picture_limits != "ignore":
        message = rows.message(12052301).replace("{{min_limit}}", str(least)).replace("{{uri}}", uri)
        raise refuse(12052301, f"{uri} has {kept.width} × {kept.height} pixels: a main picture has {least} each way at least", message=message)
    return named


def file(call: Call, world: World, name: str, code: int) -> str:
    """A paper or video that was uploaded before, by its id."""
    known(call, world, name, code)
    return name


def known(call: Call, world: World, name: str, code: int) -> None:
    """Raises Refusal when nothing was uploaded that is called so, if the workspace minds."""
    if pictures.named(world, name) is not None:
        return
    if world.rules.unknown_pictures == "refuse":
        raise refuse(code, f"nothing was uploaded that is called {name[:80]!r}: name what the upload answered")
    call.inferred("unknown_pictures", f"nothing was uploaded that is called {name[:80]!r}: the platform would refuse the product")


# ---- uploaded -----------------------------------------------------------------------------------------------------------------------------


@serves("upload-product-image-202309", family=Family.CATALOGUE, effect="write")
def upload_image(call: Call) -> dict[str, Any]:
    """A picture to name in products; its name follows from its bytes and its use."""
    parts = multipart.parts(call, 11050001)
    content, case = _content(parts, 11050001), parts.get("use_case", b"").decode("ascii", "replace") or "MAIN_IMAGE"
    if case not in _CASES:
        raise refuse(11050001, f"use_case is {case[:40]!r}: it must be one of {', '.join(_CASES)}")
    if not content:
        raise refuse(12038002, "the field `data` is empty")
    if len(content) > _LARGEST:
        raise refuse(12038005, f"the picture has {len(content)} bytes, {_LARGEST} are possible")
    media = _judged(call, formats.picture(content), case)
    width, height = media.width, media.height
    if case in _SQUARED and (3 * height > 4 * width or 3 * width > 4 * height):
        width = height = min(width, height)
    name = "tos-maliva-i-" + hashlib.blake2b(content, digest_size=12, person=case.encode()[:16]).hexdigest()
    call.apply(pictures.keep, name, content, form=media.form, content_type=f"image/{media.form.lower()}", width=width, height=height)
    return {"uri": name, "url": _address(call) + name, "width": width, "height": height, "use_case": case}


def _judged(call: Call, media: formats.Media | None, case: str) -> formats.Media:
    """What the picture is. Raises Refusal where the platform's limits say no, unless the workspace takes any picture."""
    generous = call.world.rules.picture_limits == "ignore"
    code, message, why = 0, "", ""
    if media is None:
        code, why = 12038015, f"the file is no picture of a known kind: {_FORMATS} are"
        message = rows.message(code).replace("{{formats}}", _FORMATS)
    elif not (media.width and media.height):
        code, why = 12038004, f"the {media.form} tells no width and height: it is cut short or broken"
    else:
        low, high = _MAIN_PIXELS if case == "MAIN_IMAGE" else _PIXELS
        if not (low <= media.width <= high and low <= media.height <= high):
            code, why = 12038014, f"the picture has {media.width} × {media.height} pixels; as {case} it may have {low} to {high} each way"
            message = rows.message(code)
            for name, limit in (("min_width", low), ("min_height", low), ("max_width", high), ("max_height", high)):
                message = message.replace("{{" + name + "}}", str(limit))
        elif case == "SIZE_CHART_IMAGE" and min(media.width, media.height) < _CHART_PIXELS:
            code, why = 12019116, f"the picture has {media.width} × {media.height} pixels; the shorter side of a size chart has {_CHART_PIXELS} at least"
            message = rows.messages(code)[-1]  # the wording of this page
    if code and not generous:
        raise refuse(code, why, message=message)
    if code:
        call.inferred("picture_limits", f"the platform would refuse this picture: {why}")
    return media if media is not None and media.width and media.height else formats.Media(media.form if media is not None else "PNG", 1000, 1000)


@serves("upload-product-file-202309", family=Family.CATALOGUE, effect="write")
def upload_file(call: Call) -> dict[str, Any]:
    """A paper (PDF) or a video to name in products."""
    parts = multipart.parts(call, 12038002)
    content, title = _content(parts, 12038002), parts.get("name", b"").decode("utf-8", "replace")
    if not title:
        raise refuse(12019104, "the multipart body has no field `name`, or it is empty")
    if not content:
        raise refuse(12019103, "the field `data` is empty")
    if len(content) > _LARGEST:
        raise refuse(12038005, f"the file has {len(content)} bytes, {_LARGEST} are possible here", rule="file_size")  # inferred
    media = formats.file(title, content)
    if media is None:
        raise refuse(12019105, f"{title[:80]!r} is no PDF, MP4, MOV, MKV, WMV, WEBM, AVI, FLV or MPEG, by its name and its first bytes")
    if 9 * media.height > 16 * media.width or 9 * media.width > 16 * media.height:
        raise refuse(12019122, f"the video has {media.width} × {media.height} pixels: from 9:16 to 16:9 is possible")
    name = "v09e40f40000" + hashlib.blake2b(content, digest_size=10, person=media.form.encode()).hexdigest()
    kind = _TYPES.get(media.form, f"video/x-{media.form.lower()}")
    call.apply(pictures.keep, name, content, form=media.form, content_type=kind, title=title, width=media.width, height=media.height)
    return {"id": name, "url": _address(call) + name, "name": title, "format": media.form}


def _content(parts: dict[str, bytes], code: int) -> bytes:
    if "data" not in parts:
        raise refuse(code, "the multipart body has no field `data`")
    return parts["data"]
