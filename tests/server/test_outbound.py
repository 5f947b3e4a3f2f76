"""Where webhooks may go: near addresses, and those that were allowed by name, address or network."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from control_api import made
from real_receivers import Receiver, listening, takes

from mockplatforms import cli
from mockplatforms.server.outbound import Allowed, Net, NotAllowed


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.9.9.9", "::1", "10.1.2.3", "172.16.0.1", "192.168.65.254", "fd00::5", "::ffff:127.0.0.1", "::ffff:10.0.0.1"]
)
def test_loopback_and_private_addresses_are_allowed(address: str) -> None:
    assert Allowed().may("isv.example", address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "0.0.0.0", "169.254.169.254", "fe80::1%eth0", "224.0.0.1", "2001:db8::1", "::ffff:8.8.8.8", "nonsense"]
)
def test_others_are_not(address: str) -> None:
    assert not Allowed().may("isv.example", address)


@pytest.mark.parametrize("row", ["ISV.example", "203.0.113.7", "203.0.113.0/24", "*"])
def test_a_row_of_the_setting_lets_others_in(row: str) -> None:
    assert Allowed([row]).may("isv.example", "203.0.113.7")
    assert Allowed([row]).may("other.example", "203.0.114.7") is (row == "*")


@pytest.mark.parametrize("row", ["2001:db8::/32", "2001:db8::7", "[2001:db8::7]"])
def test_networks_of_the_newer_protocol_too(row: str) -> None:
    assert Allowed([row]).may("isv.example", "2001:db8::7")


@pytest.mark.parametrize("row", ["203.0.113.0/99", "http://isv.example", "203.0.113", "isv.example:443"])
def test_a_row_that_cannot_be_stops_the_start_with_words(row: str) -> None:
    with pytest.raises(ValueError, match="--webhook-hosts takes host names"):
        made(webhook_hosts=(row,))


def test_an_authority_that_cannot_be_read_stops_the_start_with_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"--webhook-ca /nowhere\.pem: No such file"):
        made(webhook_ca="/nowhere.pem")
    (tmp_path / "ca.pem").write_text("no certificate")
    assert cli.main(["serve", "--port", "0", "--webhook-ca", str(tmp_path / "ca.pem")]) == 2
    assert "--webhook-ca" in capsys.readouterr().err


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads to a public address at the first look and to a private one at the second gets nothing."""
    receiver = Receiver(takes)
    with listening(receiver):

        async def story() -> int:
            loop = asyncio.get_running_loop()
            looks = [["203.0.113.7"], ["127.0.0.1"], ["203.0.113.7", "127.0.0.1"]]

            async def resolve(host: str, port: int, **more: object) -> list[object]:
                return [(None, None, None, "", (address, port)) for address in looks.pop(0)]

            monkeypatch.setattr(loop, "getaddrinfo", resolve)
            net = Net(Allowed())
            request = httpx.Request("POST", receiver.url(host="isv.example"), content=b"{}")
            with pytest.raises(NotAllowed, match=r"isv\.example is at 203\.0\.113\.7"):
                await net.handle_async_request(request)
            first = await net.handle_async_request(request)
            await net.aclose()
            second = await net.handle_async_request(request)
            await net.aclose()
            assert looks == []
            return first.status_code + second.status_code

        assert asyncio.run(story()) == 400
    assert [got.headers["host"] for got in receiver.got] == [f"isv.example:{receiver.port}"] * 2


def test_many_who_wait_for_one_name_look_it_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver(takes)
    looks: list[str] = []
    with listening(receiver):

        async def story() -> None:
            async def resolve(host: str, port: int, **more: object) -> list[object]:
                looks.append(host)
                await asyncio.sleep(0)
                return [(None, None, None, "", ("127.0.0.1", port))]

            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
            net = Net(Allowed())
            request = httpx.Request("POST", receiver.url(host="isv.example"), content=b"{}")
            answers = await asyncio.gather(*(net.handle_async_request(request) for _ in range(20)))
            await net.aclose()
            assert {answer.status_code for answer in answers} == {200}

        asyncio.run(story())
    assert looks == ["isv.example"]


def test_where_a_server_listens_is_no_address_of_a_receiver() -> None:
    with pytest.raises(NotAllowed, match=r"register 127\.0\.0\.1 in its place"):
        asyncio.run(_got("http://0.0.0.0:9/"))


def test_what_may_not_go_to_an_address_says_so_once() -> None:
    with pytest.raises(NotAllowed, match=r"^203\.0\.113\.7 is neither loopback nor private\. .*--webhook-hosts 203\.0\.113\.7$"):
        asyncio.run(_got("http://203.0.113.7:9/"))


def test_names_below_localhost_are_loopback() -> None:
    receiver = Receiver(takes)
    with listening(receiver):
        assert asyncio.run(_got(receiver.url(host="shop.localhost"))) == 200


async def _got(url: str) -> int:
    net = Net(Allowed())
    try:
        return (await net.handle_async_request(httpx.Request("POST", url, content=b"{}"))).status_code
    finally:
        await net.aclose()
