"""Labels and slips: a one-page PDF with some lines of text, or a picture where a picture was asked for."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from ..domain import packages
from ..domain.aftersales import RETURNS
from ..domain.world import World
from . import ids


class Document(NamedTuple):
    content: bytes
    content_type: str


PROOFS = "proofs"  # in the place of a package's id: what sellers have handed in

DROP_OFF_POINTS = "drop_off_points"

# Points of the two sizes of paper, and dots of the picture.
_PAPER = {"a6": (298, 420), "a5": (420, 595)}
_PICTURE = (298, 420)
# What a buyer has shown with a request for money back: a frame, or a film of nothing.
_EVIDENCE = re.compile(r"evidence-(\d{1,2})\.(png|mp4)")
_FILM = b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom\x00\x00\x00\x08moov"


def document(world: World, package_id: str, name: str) -> Document | None:
    """What ``/_mock/documents/{workspace}/{package_id}/{name}`` answers, of a package or of a return; None when there is no such document."""
    evidence = _EVIDENCE.fullmatch(name)
    if evidence is not None:
        from . import ids

        shown = ids.request(world).read(package_id)
        held = None if shown is None else world.get(RETURNS, shown)
        if held is None or not any(int(evidence[1]) < len(record.shown) for record in held.records):
            return None
        return Document(picture(200, 200), "image/png") if evidence[2] == "png" else Document(_FILM, "video/mp4")
    from . import fulfilment  # it declares endpoints: whoever only wants a PDF needs none of them

    kind, _, ending = name.partition(".")
    if package_id == PROOFS:
        return _proof(world, kind)
    lines = (fulfilment.drop_off_points if kind.startswith(DROP_OFF_POINTS) else fulfilment.label)(world, package_id)
    if lines is None or ending not in ("pdf", "png"):
        return None
    if ending == "png":
        return Document(picture(*_PICTURE), "image/png")
    return Document(document_pdf([kind.replace("_", " ").upper(), "", *lines], size=kind.rpartition("-")[2]), "application/pdf")


def _proof(world: World, text: str) -> Document | None:
    """What a seller has handed in to show that a package arrived, as it came."""
    held = world.get(packages.PROOFS, ids.proof(world).read(text) or 0)
    if held is None:
        return None
    kind = "application/pdf" if held.content.startswith(b"%PDF") else "image/png" if held.content.startswith(b"\x89PNG") else "image/jpeg"
    return Document(held.content, kind)


def document_pdf(lines: Sequence[str], *, size: str = "a6") -> bytes:
    """One page with these lines in Helvetica. Letters beyond Latin-1 become question marks, what is too long for the page is broken."""
    width, height = _PAPER.get(size, _PAPER["a6"])
    broken = [line[start : start + width // 6] for line in lines for start in range(0, max(1, len(line)), width // 6)]
    text = b"BT /F1 10 Tf 14 TL 20 %d Td " % (height - 30) + b"".join(b"(" + _quoted(line) + b") Tj T* " for line in broken) + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>" % (width, height),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start, count = len(out), len(objects) + 1
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        count,
        table,
        count,
        start,
    )


def _quoted(line: str) -> bytes:
    plain = "".join(letter if letter.isprintable() else " " for letter in line)
    return plain.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def picture(width: int, height: int) -> bytes:
    """A white PNG with a black frame."""
    full, sides = b"\x00" * width, b"\x00" + b"\xff" * (width - 2) + b"\x00"
    dots = b"".join(b"\x00" + (full if row in (0, height - 1) else sides) for row in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(dots, 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
