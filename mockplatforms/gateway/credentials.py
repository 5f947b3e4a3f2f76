"""The wire forms of what lets one in: app keys, secrets, tokens and ciphers, made from the workspace's key and found by those who show them."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Container, Mapping
from hashlib import blake2b

from ..domain.developers import APPS, GRANTS, App, Grant
from ..domain.phases import Platform
from ..domain.shops import SELLERS, SHOPS, Shop
from ..domain.world import World

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class Credentials:
    """Everything one workspace hands out. It follows from the workspace's id and seed alone: same id and seed, same bytes.

    ``chosen`` replaces single values (``fs_id``, ``client_id``, ``client_secret``, ``app_key``, ``app_secret``, ``service_id``). Tokens and
    codes are made from the name of a grant, ciphers from the seller's short name, so a reset keeps them all.
    """

    def __init__(self, workspace: str, seed: int, *, chosen: Mapping[str, str] | None = None, taken: Container[str] = ()) -> None:
        self.workspace = workspace
        self._key = blake2b(f"{workspace}\0{seed}".encode(), digest_size=32).digest()
        given = chosen or {}
        self.fs_id = int(given.get("fs_id") or self._free_fs_id(taken))
        self.client_id = given.get("client_id") or self._hex("client_id", 16)
        self.client_secret = given.get("client_secret") or self._hex("client_secret", 16)
        self.app_key = given.get("app_key") or self._letters("app_key", 13)
        self.app_secret = given.get("app_secret") or self._hex("app_secret", 20)
        self.service_id = given.get("service_id") or str(7_300_000_000_000_000_000 + self._bits("service_id") % 10**17)
        clash = next((key for key in self.keys() if key in taken), None)
        if clash is not None:
            raise ValueError(f"another open workspace has {clash.replace(':', ' ')}: two never share one")
        self._announce: Callable[[str], None] = lambda key: None
        self._tokens: dict[str, str] = {}
        self._grants: dict[str, int] = {}  # token → serial of its grant in the world that was last followed
        self._shops: dict[str, int] = {}
        self._ciphers: dict[int, str] = {}
        self.apps: dict[Platform, App] = {}

    def _free_fs_id(self, taken: Container[str]) -> int:
        """A five-digit app id that no open workspace has."""
        start = self._bits("fs_id") % 90_000
        return next(number for n in range(90_000) if f"fs_id:{(number := 10_000 + (start + n) % 90_000)}" not in taken)

    def keys(self) -> list[str]:
        """By what a call of this workspace is recognised, besides its tokens."""
        return [f"fs_id:{self.fs_id}", f"client_id:{self.client_id}", f"app_key:{self.app_key}", f"service_id:{self.service_id}"]

    def announce(self, tell: Callable[[str], None]) -> None:
        """Let ``tell`` know every token made so far and each that is made from now on."""
        self._announce = tell
        for token in self._tokens:
            tell(f"token:{token}")

    # ---- making ----------------------------------------------------------------------------------------------------------------------

    def token(self, grant: Grant) -> str:
        """The wire form of a grant: Tokopedia bearer, TikTok Shop code, access or refresh token."""
        raw = self._text(f"{grant.kind}:{grant.name}")
        made = f"c:{raw[:22]}" if grant.kind == "bearer" else "ROW_" + raw + self._text(f"{grant.kind}:{grant.name}:2")
        self._grants[made] = grant.serial
        if made not in self._tokens:
            self._tokens[made] = grant.name
            self._announce(f"token:{made}")
        return made

    def cipher(self, shop: Shop) -> str:
        """The ``shop_cipher`` of a TikTok Shop shop."""
        return self._ciphers[shop.serial]

    # ---- finding ---------------------------------------------------------------------------------------------------------------------

    def grant(self, world: World, token: str) -> Grant | None:
        """The grant behind a code or token of this workspace, as it stands in that world."""
        name = self._tokens.get(token)
        if name is None:
            return None
        held = world.get(GRANTS, self._grants[token])
        if held is not None and held.name == name:
            return held
        found = world.shelf(GRANTS).page("by_name", (name,), limit=1)
        return found[0] if found and found[0].name == name else None

    def shop(self, cipher: str) -> int | None:
        """The serial of the TikTok Shop shop behind a cipher."""
        return self._shops.get(cipher)

    def follow(self, world: World) -> None:
        """Make the wire form of every grant and shop of a world that is new to this workspace."""
        self.apps = {app.platform: app for app in world.shelf(APPS).page("by_platform")}
        for grant in world.shelf(GRANTS).page("by_name"):
            self.token(grant)
        for shop in world.shelf(SHOPS).page("by_platform"):
            self._meet(world, shop)

    def note(self, world: World, wrote: list[tuple[str, int]]) -> None:
        """Keep up with one commit: make the wire form of the grants and shops that it wrote."""
        for table, serial in wrote:
            if table == GRANTS.name:
                grant = world.get(GRANTS, serial)
                if grant is not None:
                    self.token(grant)
            elif table == SHOPS.name:
                shop = world.get(SHOPS, serial)
                if shop is not None:
                    self._meet(world, shop)
            elif table == APPS.name:
                app = world.get(APPS, serial)
                if app is not None:
                    self.apps[app.platform] = app

    def _meet(self, world: World, shop: Shop) -> None:
        owner = world.get(SELLERS, shop.seller)
        if shop.platform is Platform.TIKTOK_SHOP and owner is not None:
            cipher = "ROW_" + self._text(f"cipher:{owner.key}")[:22]
            self._ciphers[shop.serial] = cipher
            self._shops[cipher] = shop.serial

    @property
    def tokens(self) -> dict[str, str]:
        """Every token and code made so far."""
        return self._tokens

    # ---- letters and digits -----------------------------------------------------------------------------------------------------------

    def _digest(self, purpose: str, size: int = 32) -> bytes:
        return blake2b(purpose.encode(), digest_size=size, key=self._key).digest()

    def _bits(self, purpose: str) -> int:
        return int.from_bytes(self._digest(purpose, 8), "big")

    def _hex(self, purpose: str, size: int) -> str:
        return self._digest(purpose, size).hex()

    def _letters(self, purpose: str, count: int) -> str:
        return "".join(_ALPHABET[byte % 36] for byte in self._digest(purpose, count))

    def _text(self, purpose: str) -> str:
        return urlsafe_b64encode(self._digest(purpose, 30)).decode()
