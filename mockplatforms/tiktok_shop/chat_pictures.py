"""Pictures of chats: uploaded by sellers, shown by buyers, and fetched with the seller's token (Indonesia, since 2025-09-30)."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from ..domain import pictures
from ..domain.phases import Family
from ..domain.world import Change, World
from ..gateway.call import Call, Reply
from ..gateway.refusal import Refusal
from . import auth, formats
from .catalog import CATALOG, serves
from .multipart import parts
from .words import refuse

_LARGEST = 10 * 1024 * 1024  # bytes (documented)
_FORMS = ("JPEG", "GIF", "WEBP", "PNG")
_AT = "/chat_pictures/"
_NAME = re.compile(r"/chat_pictures/(im-\d+-[0-9a-f]{24})(\?|$)")
_INVALID, _UNREADABLE = 45101001, 45101008


@serves("upload-buyer-messages-image-202309", family=Family.CHAT_WRITE, effect="write")
def upload(call: Call) -> dict[str, Any]:
    """A picture to send in a message of type IMAGE."""
    content = parts(call, _INVALID).get("data", b"")
    if not content:
        raise refuse(_INVALID, "the multipart body has no field `data`, or it is empty")
    if len(content) > _LARGEST:
        raise refuse(_UNREADABLE, f"the picture has {len(content)} bytes, {_LARGEST} are possible")
    media = formats.gif(content) or formats.picture(content)
    if media is None or media.form not in _FORMS:
        raise refuse(_UNREADABLE, f"the file is {'no picture' if media is None else media.form}: {', '.join(_FORMS)} can be sent")
    name = call.apply(keep, call.seller.serial, content, media)
    return {"url": address(call.request.origin, name), "width": media.width, "height": media.height}


def keep(world: World, seller: int, content: bytes, media: formats.Media) -> Change:
    """A picture of this seller's chats. Answers its name."""
    name = f"im-{seller}-{hashlib.blake2b(content, digest_size=12).hexdigest()}"
    kind = f"image/{media.form.lower()}"
    return Change(pictures.keep(world, name, content, form=media.form, content_type=kind, width=media.width, height=media.height), name)


def address(origin: str, name: str) -> str:
    return f"{origin}{_AT}{name}"


def is_kept(world: World, seller: int, url: str) -> bool:
    """Whether a message may show that address: a picture that this seller has uploaded, or has been shown."""
    found = _NAME.search(url)
    return found is not None and found[1].startswith(f"im-{seller}-") and pictures.named(world, found[1]) is not None


@CATALOG.endpoint("GET", _AT + "{name}", family=Family.CHAT_READ, effect="read", source="chat-picture", signed=False, mark="inferred")
def fetch(call: Call) -> Reply:
    """The picture behind an address in a message: header ``x-tts-access-token`` and query ``shop_cipher``, no signature (documented)."""
    auth.bearer(call)
    auth.cipher(call)
    name = call.params["name"]
    kept = pictures.named(call.world, name)
    if kept is None or not name.startswith(f"im-{call.seller.serial}-"):
        raise Refusal(404, "404 page not found", status=404, form="text", words=f"no picture {name} is kept for seller {call.seller.key!r}")
    return Reply((kept.content,), content_type=kept.content_type)
