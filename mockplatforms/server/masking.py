"""What journal and log never show: secrets and tokens, cut short enough to be recognised and too short to be used."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SECRETS = (
    "access_token",
    "accesstoken",
    "refresh_token",
    "auth_code",
    "client_secret",
    "app_secret",
    "webhook_secret",
    "password",
    "secret",
    "code",
)
_JSON_NAMES = "|".join(name for name in _SECRETS if name != "code")  # in JSON, ``code`` is an error code
_IN_JSON = re.compile(rf'(\\?"(?:{_JSON_NAMES})\\?"\s*:\s*\\?")([^"\\]+)', re.IGNORECASE)
_IN_QUERY = re.compile(rf"((?:^|[?&\s])(?:{'|'.join(_SECRETS)})=)([^&\s\"']+)", re.IGNORECASE)
_TOKENS = re.compile(r"ROW_[A-Za-z0-9_\-=]{60,}|\bc:[A-Za-z0-9_\-]{22}")
_HEADERS = ("authorization", "x-tts-access-token", "proxy-authorization", "cookie")


def secret(value: str) -> str:
    """A secret as far as it may be shown: its first characters and how long it is."""
    return f"{value[:6]}…({len(value)})" if len(value) > 12 else "…"


def text(value: str) -> str:
    """Any text (a query, a body, a reason, a log line) with every secret and token in it masked. Signatures stay: they unlock nothing."""
    value = _IN_JSON.sub(lambda found: found[1] + secret(found[2]), value)
    value = _IN_QUERY.sub(lambda found: found[1] + secret(found[2]), value)
    return _TOKENS.sub(lambda found: secret(found[0]), value)


def headers(given: Mapping[str, str]) -> dict[str, str]:
    """Headers with credentials masked: the scheme of an Authorization header stays, what follows does not."""
    return {name: _header(name, value) for name, value in given.items()}


def _header(name: str, value: str) -> str:
    if name.lower() not in _HEADERS:
        return text(value)
    scheme, space, rest = value.partition(" ")
    return f"{scheme} {secret(rest)}" if space else secret(value)


def body(given: bytes) -> str:
    """A body as text, masked; bytes that are no text are told by their number."""
    try:
        return text(given.decode())
    except UnicodeDecodeError:
        return f"({len(given)} bytes that are no text)"
