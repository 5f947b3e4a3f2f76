"""What a picture, paper or video is, read from its bytes: its kind, its width and its height."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Media(NamedTuple):
    """What a file is; ``width`` and ``height`` are 0 where the file doesn't tell them."""

    form: str
    width: int = 0
    height: int = 0


def picture(content: bytes) -> Media | None:
    """What kind of picture it is; None: none that TikTok Shop knows."""
    return next((Media(form, *read(content)) for begins, form, read in _PICTURES if begins(content)), None)


def gif(content: bytes) -> Media | None:
    """A GIF, which chats show and products do not; None: it is none."""
    return Media("GIF", _little(content, 6, 8), _little(content, 8, 10)) if content.startswith((b"GIF87a", b"GIF89a")) else None


def _png(content: bytes) -> tuple[int, int]:
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def _bmp(content: bytes) -> tuple[int, int]:
    return abs(int.from_bytes(content[18:22], "little", signed=True)), abs(int.from_bytes(content[22:26], "little", signed=True))


def _jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, size = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(content[at + 7 : at + 9], "big"), int.from_bytes(content[at + 5 : at + 7], "big")
        at += 1 if marker == 0xFF else 2 + size
    return 0, 0


def _webp(content: bytes) -> tuple[int, int]:
    kind = content[12:16]
    if kind == b"VP8X":
        return _little(content, 24, 27) + 1, _little(content, 27, 30) + 1
    if kind == b"VP8L":
        bits = _little(content, 21, 25)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return _little(content, 26, 28) & 0x3FFF, _little(content, 28, 30) & 0x3FFF
    return 0, 0


def _little(content: bytes, start: int, end: int) -> int:
    return int.from_bytes(content[start:end], "little")


def _heic(content: bytes) -> tuple[int, int]:
    """The largest of the picture's parts: HEIC keeps tiles and a thumbnail beside the whole."""
    sizes, at = [(0, 0)], content.find(b"ispe")
    while 0 <= at <= len(content) - 16:
        sizes.append((int.from_bytes(content[at + 8 : at + 12], "big"), int.from_bytes(content[at + 12 : at + 16], "big")))
        at = content.find(b"ispe", at + 4)
    return max(sizes, key=lambda one: one[0] * one[1])


_PICTURES: tuple[tuple[Callable[[bytes], bool], str, Callable[[bytes], tuple[int, int]]], ...] = (
    (lambda content: content.startswith(b"\x89PNG\r\n\x1a\n"), "PNG", _png),
    (lambda content: content.startswith(b"\xff\xd8"), "JPEG", _jpeg),
    (lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP", "WEBP", _webp),
    (lambda content: content.startswith(b"BM"), "BMP", _bmp),
    (lambda content: content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc"), "HEIC", _heic),
)

# What a file's name ends in → what its first bytes are like (the vendor's list of formats; the signs are those of the formats).
_FILES: dict[str, Callable[[bytes], bool]] = {
    "PDF": lambda content: content.startswith(b"%PDF-"),
    "MP4": lambda content: content[4:8] == b"ftyp",
    "MOV": lambda content: content[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"wide"),
    "MKV": lambda content: content.startswith(b"\x1aE\xdf\xa3"),
    "WEBM": lambda content: content.startswith(b"\x1aE\xdf\xa3"),
    "WMV": lambda content: content.startswith(b"0&\xb2u"),
    "AVI": lambda content: content[:4] == b"RIFF" and content[8:12] == b"AVI ",
    "FLV": lambda content: content.startswith(b"FLV"),
    "MPEG": lambda content: content.startswith((b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")),
}


def file(name: str, content: bytes) -> Media | None:
    """What kind of paper or video it is, by its name and its first bytes; None: none that TikTok Shop knows."""
    form = name.rpartition(".")[2].upper()
    form = {"MPG": "MPEG"}.get(form, form)
    if form not in _FILES or not _FILES[form](content):
        return None
    return Media(form, *(_track(content) if form in ("MP4", "MOV") else (0, 0)))


def _track(content: bytes) -> tuple[int, int]:
    """The size of the first track that has one: the last eight bytes of its header, in 65536ths."""
    at = content.find(b"tkhd")
    while at >= 4:
        end = at - 4 + int.from_bytes(content[at - 4 : at], "big")
        if end <= len(content):
            width, height = int.from_bytes(content[end - 8 : end - 4], "big") >> 16, int.from_bytes(content[end - 4 : end], "big") >> 16
            if width and height:
                return width, height
        at = content.find(b"tkhd", at + 4)
    return 0, 0
