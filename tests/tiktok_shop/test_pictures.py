"""Pictures and papers of products: measured, judged by the documented limits, kept, and served back byte for byte."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selling import PRODUCTS_PATH, body, category, create, read, variant

from mockplatforms.domain import pictures
from mockplatforms.gateway.workspace import Workspace
from mockplatforms.server.simulator import Simulator
from mockplatforms.testing import Shop, TikTokShop, local
from mockplatforms.testing.hosts import NotPossible
from mockplatforms.tiktok_shop import rows


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\x00\x00\x00"


def jpeg(width: int, height: int) -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + bytes(12)


def webp(width: int, height: int, kind: bytes = b"VP8X") -> bytes:
    sized = {
        b"VP8X": bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
        b"VP8L": b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little"),
        b"VP8 ": bytes(6) + struct.pack("<HH", width, height),
    }[kind]
    return b"RIFF\x00\x00\x00\x00WEBP" + kind + bytes(4) + sized


def bmp(width: int, height: int) -> bytes:
    return b"BM" + bytes(16) + struct.pack("<ii", width, -height)


def heic(width: int, height: int) -> bytes:
    part = lambda w, h: b"\x00\x00\x00\x14ispe" + bytes(4) + struct.pack(">II", w, h)
    return b"\x00\x00\x00\x18ftypheic" + bytes(12) + part(64, 64) + part(width, height) + part(512, 512)


def form(content: bytes, **fields: str) -> bytes:
    whole = b'--b1\r\nContent-Disposition: form-data; name="data"; filename="a"\r\nContent-Type: application/octet-stream\r\n\r\n' + content
    for name, text in fields.items():
        whole += f'\r\n--b1\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode()
    return whole + b"\r\n--b1--\r\n"


def upload(client: TikTokShop, content: bytes, use_case: str = "MAIN_IMAGE", *, to: str = "images") -> dict[str, Any]:
    fields = {"use_case": use_case} if to == "images" else {"name": use_case}
    return client.call("POST", f"/product/202309/{to}/upload", body=form(content, **fields), cipher=False, content_type="multipart/form-data; boundary=b1")


@pytest.fixture
def shop() -> Iterator[Shop]:
    with local("pictures", world="small") as made:
        yield made


MADE: list[tuple[str, bytes]] = [
    ("png", png(640, 480)), ("jpeg", jpeg(640, 480)), ("webp", webp(640, 480)), ("webp, lossless", webp(640, 480, b"VP8L")),
    ("webp, lossy", webp(640, 480, b"VP8 ")), ("bmp", bmp(640, 480)), ("heic", heic(640, 480)),
]  # fmt: skip


@pytest.mark.parametrize("content", [row[1] for row in MADE], ids=[row[0] for row in MADE])
def test_width_and_height_are_those_of_the_picture(content: bytes, tiktok: TikTokShop) -> None:
    told = upload(tiktok, content)["data"]

    assert (told["width"], told["height"]) == (640, 480)


@pytest.mark.parametrize("content", [row[1] for row in MADE], ids=[row[0] for row in MADE])
def test_a_picture_cut_short_is_refused_whatever_is_left_of_it(content: bytes, tiktok: TikTokShop) -> None:
    for length in range(1, len(content)):
        answer = upload(tiktok, content[:length])
        assert answer["code"] in (0, 12038004, 12038014, 12038015), answer


# Use, width and height → what the answer tells; an integer is the code of a refusal.
LIMITS: list[tuple[str, int, int, Any]] = [
    ("MAIN_IMAGE", 300, 300, (300, 300)),
    ("MAIN_IMAGE", 299, 300, 12038014),
    ("MAIN_IMAGE", 4000, 4001, 12038014),
    ("MAIN_IMAGE", 900, 1200, (900, 1200)),
    ("MAIN_IMAGE", 800, 1200, (800, 800)),
    ("ATTRIBUTE_IMAGE", 150, 100, (100, 100)),
    ("ATTRIBUTE_IMAGE", 99, 100, 12038014),
    ("DESCRIPTION_IMAGE", 100, 20_000, (100, 20_000)),
    ("DESCRIPTION_IMAGE", 100, 20_001, 12038014),
    ("CERTIFICATION_IMAGE", 2000, 500, (2000, 500)),
    ("SIZE_CHART_IMAGE", 1024, 3000, (1024, 3000)),
    ("SIZE_CHART_IMAGE", 1023, 3000, 12019116),
]


@pytest.mark.parametrize(("case", "width", "height", "told"), LIMITS)
def test_pixels_are_judged_by_use_and_squared_where_the_platform_squares(case: str, width: int, height: int, told: Any, tiktok: TikTokShop) -> None:
    answer = upload(tiktok, png(width, height), case)

    if isinstance(told, int):
        assert answer["code"] == told
        assert "{{" not in answer["message"]
    else:
        assert (answer["data"]["width"], answer["data"]["height"], answer["data"]["use_case"]) == (*told, case)


def test_a_picture_too_small_for_it_is_no_main_picture(tiktok: TikTokShop) -> None:
    small = upload(tiktok, png(200, 400), "DESCRIPTION_IMAGE")["data"]["uri"]

    answer = tiktok.call("POST", PRODUCTS_PATH, body=body(tiktok, main_images=[{"uri": small}]))

    assert (answer["code"], answer["message"]) == (12052301, f"Width and length of main image must be at least 300, check uri {small}")
    tiktok.workspace.govern(tiktok.workspace.world.rules.but(picture_limits="ignore"))
    assert create(tiktok, main_images=[{"uri": small}])


def test_what_is_no_picture_is_refused_with_the_formats_that_are(tiktok: TikTokShop) -> None:
    answer = upload(tiktok, b"GIF89a" + bytes(100))

    assert (answer["code"], answer["message"].rpartition(": ")[2]) == (12038015, "JPG, JPEG, PNG, WEBP, HEIC, BMP")


def test_a_workspace_may_take_any_picture(simulator: Simulator, make: Callable[..., Workspace]) -> None:
    client = TikTokShop(simulator, make(settings={"picture_limits": "ignore"}))

    assert upload(client, b"no picture")["data"]["width"] == 1000
    assert upload(client, png(1, 1))["data"]["width"] == 1


def test_what_was_uploaded_is_served_back_byte_for_byte(shop: Shop) -> None:
    for content, to in ((png(640, 480), "images"), (b"%PDF-1.4 SNI", "files")):
        url = upload(shop.tiktok_shop, content, "MAIN_IMAGE" if to == "images" else "SNI.pdf", to=to)["data"]["url"]
        assert shop.host.control("GET", url.partition("/_mock")[2]) == content


def test_what_was_never_uploaded_is_not_served(shop: Shop) -> None:
    with pytest.raises(NotPossible, match="nothing is kept"):
        shop.host.control("GET", f"/uploads/{shop.workspace}/x")


def test_uploads_are_refused_by_what_they_are(tiktok: TikTokShop) -> None:
    def code(content: bytes, name: str) -> int:
        answer: int = upload(tiktok, content, name, to="files")["code"]
        return answer

    assert code(b"%PDF-1.4", "sni.pdf") == 0
    assert code(b"", "sni.pdf") == 12019103
    assert code(b"%PDF-1.4", "") == 12019104
    assert code(b"PK", "sni.docx") == 12019105
    assert code(b"PK", "sni.pdf") == 12019105
    assert code(b"%PDF-" + bytes(10 * 1024 * 1024), "sni.pdf") == 12038005
    assert code(video(1280, 480), "klip.mp4") == 12019122
    assert upload(tiktok, video(1280, 720), "klip.mp4", to="files")["data"]["format"] == "MP4"


def video(width: int, height: int) -> bytes:
    track = b"tkhd" + bytes(76) + struct.pack(">II", width << 16, height << 16)
    return b"\x00\x00\x00\x18ftypisom" + bytes(12) + struct.pack(">I", len(track) + 4) + track


def test_a_product_shows_its_pictures_and_papers_where_they_are_served(tiktok: TikTokShop) -> None:
    main, paper, clip = upload(tiktok, png(640, 480))["data"], upload(tiktok, b"%PDF-1.4", "SNI.PDF", to="files")["data"], upload(tiktok, video(1280, 720), "a.mp4", to="files")["data"]
    certification = {"id": "602401", "images": [{"uri": main["uri"]}], "files": [{"id": paper["id"], "name": "SNI.PDF", "format": "PDF"}], "expiration_date": 4102444800}

    told = read(tiktok, create(tiktok, category_id=category(tiktok, "Serum Wajah"), main_images=[{"uri": main["uri"]}], certifications=[certification], video={"id": clip["id"]}))

    (shown,) = told["main_images"]
    assert shown == {"uri": main["uri"], "urls": [main["url"]], "thumb_urls": [main["url"]], "width": 640, "height": 480}
    (papers,) = told["certifications"]
    assert (papers["id"], papers["files"][0]["urls"], papers["images"][0], papers["expiration_date"]) == ("602401", [paper["url"]], shown, 4102444800)
    assert (told["video"]["url"], told["video"]["width"], told["video"]["height"], told["video"]["format"]) == (clip["url"], 1280, 720, "MP4")


NAMED: list[tuple[str, Callable[[TikTokShop], dict[str, Any]], int]] = [
    ("main image", lambda client: body(client), 12052300),
    ("variant's image", lambda client: body(client, main_images=[kept(client)], skus=[variant(client, sales_attributes=[{"name": "Warna", "value_name": "A", "sku_img": {"uri": "x"}}])]), 12052520),
    ("certification", lambda client: body(client, main_images=[kept(client)], category_id=category(client, "Serum Wajah"), certifications=[{"id": "602404", "images": [{"uri": "x"}]}]), 12052650),
    ("paper", lambda client: body(client, main_images=[kept(client)], category_id=category(client, "Serum Wajah"), certifications=[{"id": "602404", "files": [{"id": "x", "name": "a", "format": "PDF"}]}]), 12052658),
    ("size chart", lambda client: body(client, main_images=[kept(client)], size_chart={"image": {"uri": "x"}}), 12052670),
    ("video", lambda client: body(client, main_images=[kept(client)], video={"id": "x"}), 12052360),
    ("picture in the description", lambda client: body(client, main_images=[kept(client)], description='<img src="https://example.com/x.jpg">'), 12052340),
]


def kept(client: TikTokShop) -> dict[str, str]:
    return {"uri": upload(client, png(640, 480))["data"]["uri"]}


@pytest.mark.parametrize(("what", "made", "code"), NAMED, ids=[row[0] for row in NAMED])
def test_what_nobody_uploaded_is_taken_with_a_note_or_refused(what: str, made: Callable[[TikTokShop], dict[str, Any]], code: int, simulator: Simulator, make: Callable[..., Workspace]) -> None:
    strict, generous = (TikTokShop(simulator, make(settings={"unknown_pictures": rule})) for rule in ("refuse", "accept"))

    refused = strict.call("POST", PRODUCTS_PATH, body=made(strict))
    assert (refused["code"], refused["message"]) == (code, rows.message(code))
    reply = generous.reply("POST", PRODUCTS_PATH, body=made(generous))
    assert ("X-Mock-Inferred", "unknown_pictures") in reply.headers


def test_the_oldest_uploads_go_when_there_is_no_more_room(tiktok: TikTokShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "ROOM", 100)
    names = [upload(tiktok, png(400 + n, 400))["data"]["uri"] for n in range(5)]

    world = tiktok.workspace.world
    assert [pictures.named(world, name) is not None for name in names] == [False, False, True, True, True]
    assert sum(len(row.content) for row in world.shelf(pictures.UPLOADED).rows.values()) <= 100
