"""Labels and slips: a PDF with some lines of text and a bar code, or a picture where a picture was asked for."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap
from typing import NamedTuple

from ..domain import packages
from ..domain.aftersales import RETURNS
from ..domain.world import World
from . import barcodes, ids


class Bars(str):
    """A line of a document that is drawn as a bar code."""

    __slots__ = ()


class Document(NamedTuple):
    content: bytes
    content_type: str


PROOFS = "proofs"  # in the place of a package's id: what sellers have handed in

DROP_OFF_POINTS = "drop_off_points"

# Points of the two sizes of paper, and dots of the picture.
_PAPER = {"a6": (298, 420), "a5": (420, 595)}
_PICTURE = (596, 840)
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
    paper, _, size = kind.partition("-")
    pages = fulfilment.pages(world, package_id, paper)
    if pages is None or ending not in ("pdf", "png"):
        return None
    if ending == "png":
        number = next((line for page in pages for line in page if isinstance(line, Bars)), "")
        return Document(picture(*_PICTURE, bars=number), "image/png")
    return Document(document_pdf(*pages, size=size), "application/pdf")


def _proof(world: World, text: str) -> Document | None:
    """What a seller has handed in to show that a package arrived, as it came."""
    held = world.get(packages.PROOFS, ids.proof(world).read(text) or 0)
    if held is None:
        return None
    kind = "application/pdf" if held.content.startswith(b"%PDF") else "image/png" if held.content.startswith(b"\x89PNG") else "image/jpeg"
    return Document(held.content, kind)


_LINE, _EDGE, _BARS = 14, 20, 3  # points from line to line and around the page; lines that a bar code is high


def document_pdf(*parts: Sequence[str], size: str = "a6") -> bytes:
    """A page for each part, in Helvetica. Letters beyond Latin-1 become question marks; what is too long for line or page goes on below or overleaf."""
    width, height = paper = _PAPER.get(size, _PAPER["a6"])
    drawn = [_drawn(lines, width, height) for part in parts for lines in _pages(part, *paper)]
    font = 3 + 2 * len(drawn)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(b"%d 0 R" % (3 + 2 * n) for n in range(len(drawn))), len(drawn)),
    ]
    for number, text in enumerate(drawn):
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R /Resources << /Font << /F1 %d 0 R >> >> >>"
        objects += [page % (width, height, 4 + 2 * number, font), b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text)]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
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


def _pages(lines: Sequence[str], width: int, height: int) -> list[list[str]]:
    """The lines, broken where they are too long, page by page."""
    most, pages, left = width // 6, [list[str]()], 0
    for line in lines:
        for piece in [line] if isinstance(line, Bars) else wrap(line, most) or [""]:
            high = _BARS if isinstance(piece, Bars) else 1
            if left + high > (height - 2 * _EDGE) // _LINE:
                pages.append([])
                left = 0
            pages[-1].append(piece)
            left += high
    return pages


def _drawn(lines: Sequence[str], width: int, height: int) -> bytes:
    """What draws one page."""
    bars, text, at = b"", b"", height - _EDGE - 10
    for line in lines:
        if isinstance(line, Bars):
            bars += _barred(line, width, at - (_BARS - 1) * _LINE)
            text += b"0 -%d Td " % (_BARS * _LINE)
            at -= _BARS * _LINE
        else:
            text += b"(" + _quoted(line) + b") Tj T* "
            at -= _LINE
    return bars + b"BT /F1 10 Tf %d TL %d %d Td " % (_LINE, _EDGE, height - _EDGE - 10) + text + b"ET"


def _barred(number: str, width: int, bottom: int) -> bytes:
    """A bar code across the page, as rectangles."""
    code = barcodes.modules(number)
    module, drawn, at = (width - 2 * _EDGE) / (len(code) + 2 * barcodes.QUIET), b"", barcodes.QUIET
    for colour, run in groupby(code):
        wide = len(list(run))
        if colour == "1":
            drawn += b"%.3f %d %.3f %d re " % (_EDGE + at * module, bottom, wide * module, (_BARS - 1) * _LINE + 8)
        at += wide
    return drawn + b"f "


def _quoted(line: str) -> bytes:
    plain = "".join(letter if letter.isprintable() else " " for letter in line)
    return plain.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def picture(width: int, height: int, *, bars: str = "") -> bytes:
    """A white PNG with a black frame, and in its upper half the bar code of ``bars`` where that fits."""
    full, plain = b"\x00" * width, b"\x00" + b"\xff" * (width - 2) + b"\x00"
    code = barcodes.modules(bars) if bars else ""
    module = (width - 2) // (len(code) + 2 * barcodes.QUIET)
    drawn = b"".join((b"\x00" if black == "1" else b"\xff") * module for black in code)
    left = (width - len(drawn)) // 2
    barred = plain[:left] + drawn + plain[left + len(drawn) :]
    dots = b"".join(b"\x00" + (full if row in (0, height - 1) else barred if height // 8 <= row < height // 3 else plain) for row in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(dots, 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
