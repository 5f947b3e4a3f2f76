"""Labels, slips and uploads, under the addresses that the platforms hand out."""

from __future__ import annotations

from typing import Any

from ...domain import pictures
from ...gateway.call import Reply
from ...tiktok_shop import documents
from .routes import Ask, Problem, Route


async def fetch(ask: Ask) -> Any:
    """A label as PDF or picture."""
    made = documents.document(ask.world, ask.params["package"], ask.params["document"])
    if made is None:
        raise Problem(404, "unknown-document", "No such document", f"package {ask.params['package']} has no document {ask.params['document']!r}")
    return Reply((made.content,), content_type=made.content_type)


async def upload(ask: Ask) -> Any:
    """A picture, paper or video, byte for byte as it was uploaded."""
    kept = pictures.named(ask.world, ask.params["name"])
    if kept is None:
        raise Problem(404, "unknown-upload", "No such upload", f"nothing is kept that is called {ask.params['name']!r}: the oldest uploads go when there is no more room")
    return Reply((kept.content,), content_type=kept.content_type)


ROUTES = (
    Route("GET", "/documents/{id}/{package}/{document}", fetch, "A label of a package, as the platform's answer names it"),
    Route("GET", "/uploads/{id}/{name}", upload, "A picture, paper or video of a product, as the platform's answer names it"),
)
