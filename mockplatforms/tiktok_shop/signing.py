"""Signatures: how a call and a webhook are signed, and which common mistake explains a signature that doesn't fit."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any
from urllib.parse import quote, quote_plus, unquote

HOST = "open-api.tiktokglobalshop.com"
_UNSIGNED = ("sign", "access_token")
_NAME = itemgetter(0)
_PREFIXES = ("/api", "/open-api", "/openapi", "/v1", "/api/v1", "/api/v2", "/tiktok", "/tiktok-shop", "/proxy")

Pairs = Iterable[tuple[str, str]]


def canonical(path: str, pairs: Pairs, body: bytes, *, multipart: bool) -> bytes:
    """What is signed, without the secrets around it: path, sorted parameters, raw body.

    ``pairs`` are the decoded query parameters, blank ones included; all are signed except ``sign`` and ``access_token``. A multipart body
    is not signed.
    """
    signed = [pair for pair in pairs if pair[0] not in _UNSIGNED]
    signed.sort(key=_NAME)
    text = (path + "".join([name + value for name, value in signed])).encode("utf-8", "surrogatepass")
    return text if multipart or not body else text + body


def sign(secret: str, canonical: bytes) -> str:
    """The signature of a canonical string: lower-case hex."""
    key, begun = _begun(secret)
    made = begun.copy()
    made.update(canonical + key)
    return made.hexdigest()


@lru_cache(maxsize=256)
def _begun(secret: str) -> tuple[bytes, hmac.HMAC]:
    """The key, and a signature begun with it: to copy one costs half of making one."""
    key = secret.encode()
    return key, hmac.new(key, key, "sha256")


def webhook_signature(app_key: str, app_secret: str, body: bytes) -> str:
    """The ``Authorization`` header of a webhook: bare lower-case hex."""
    return hmac.digest(app_secret.encode(), app_key.encode() + body, "sha256").hex()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a signature doesn't fit.

    ``mistake`` names the mistake that reproduces the given signature, None when none of the common ones does (two at once are joined by
    `` + ``). ``ours`` is the string we signed, ``theirs`` the one behind the given signature; ``differs_at`` is the position of the first
    difference, None when the strings are the same or theirs is unknown. Both strings are cut to 4,096 characters.
    """

    mistake: str | None
    words: str
    ours: str
    theirs: str | None = None
    differs_at: int | None = None


WORDS: dict[str, str] = {
    "nothing": "the signature fits",
    "body_not_signed": "the body was left out: append the raw body bytes after the parameters",
    "body_compact": "the body was re-serialised without spaces: sign the very bytes that are sent",
    "body_python_spacing": "the body was re-serialised with a space after every comma and colon, as Python does: sign the very bytes that are sent",
    "body_sorted_keys": "the body was re-serialised with its keys sorted: sign the very bytes that are sent",
    "body_indented": "the body was re-serialised with indentation: sign the very bytes that are sent",
    "body_escapes": "the body was re-serialised with other escapes (non-ASCII, slashes or <, >, &): sign the very bytes that are sent",
    "get_body": "a body was signed on a GET that has none: append nothing, the parameters are in the query",
    "body_invented": "a body was signed that was not sent: with no body, append nothing",
    "multipart_body": "the multipart body was signed: with multipart/form-data append no body at all",
    "upper_case_hex": "the signature is in upper-case hex: write it in lower case",
    "base64": "the signature is in base64: write it in lower-case hex",
    "not_wrapped": "the secret is missing around the string: sign secret + string + secret, with the secret as the key too",
    "only_prefixed": "the secret stands only before the string: put it after it as well",
    "only_suffixed": "the secret stands only after the string: put it before it as well",
    "plain_sha256": "this is a plain SHA-256: use HMAC-SHA256 with the secret as the key",
    "md5": "this is an MD5, as the API before 202309 had in some clients: use HMAC-SHA256 with the secret as the key",
    "access_token_included": "the access token was signed: leave it out",
    "sign_included": "the parameter `sign` was signed: leave it out",
    "values_not_decoded": "the parameters were signed percent-encoded: sign their decoded values",
    "values_decoded_twice": "the parameters were decoded twice before signing: sign the values as the server decodes them",
    "blanks_dropped": "blank parameters were left out: a parameter that is sent is signed, its name with nothing after it",
    "not_sorted": "the parameters were signed in another order: sort them by name",
    "cipher_left_out": "shop_cipher was not signed: it is a query parameter like any other",
    "parameter_left_out": "a parameter that is sent was not signed: sign every one but `sign` and `access_token`",
    "path_prefixed": "the path was signed with something before it, or with less of it than was called: sign exactly the path that is called",
    "path_missing": "the path was not signed: the string begins with it",
    "path_with_query": "the path was signed together with its query: sign the path only, then names and values",
    "path_without_slash": "the path was signed without its leading slash",
    "path_with_host": "the host was signed along with the path: sign the path only",
    "path_trailing_slash": "the path was signed with another end (a slash more or less) than was called",
    "timestamp_milliseconds": "the timestamp was signed in milliseconds, or sent so and signed in seconds: use seconds for both",
    "timestamp_taken_twice": "another timestamp was signed than was sent: take the time once",
    "joined_as_query": "the parameters were signed joined with = or &: put names and values together with nothing between them",
    "wrong_secret": "something else was taken for the secret (the app key, the token, or the secret with a blank, line end or other case)",
    "other_secret": "this was signed with the secret of another app",
}
UNKNOWN = "no common mistake explains this signature: compare your string with ours, and the secret with the one of this app"

_NEAR = 4  # with the secrets of more apps only what is right otherwise is tried
_LARGE = 65536  # with a larger body only single mistakes are tried
_Candidate = tuple[str, bytes]


def diagnose(
    secret: str,
    method: str,
    path: str,
    pairs: Pairs,
    body: bytes,
    media_type: str,
    given_sign: str,
    *,
    other_secrets: Mapping[str, str] | None = None,
    access_token: str = "",
    host: str = "",
    raw_query: str = "",
) -> Diagnosis:
    """Try the common mistakes until one, or two at once, reproduce the given signature.

    ``pairs`` are all decoded query parameters in the order sent, ``sign`` and ``access_token`` included; ``other_secrets`` maps app keys to
    secrets; ``access_token`` is the header's, ``host`` the one that was called, ``raw_query`` the query as sent, if known.
    """
    sent = list(pairs)
    multipart = media_type.strip().lower().startswith("multipart/form-data")
    right = canonical(path, sent, body, multipart=multipart)
    given = given_sign.strip()
    if given == sign(secret, right):
        return Diagnosis(None, WORDS["nothing"], _shown(right))

    call = _Sent(method, path, sent, body, multipart, access_token, host, raw_query)
    mistaken = list(dict.fromkeys(chain.from_iterable(mistake(call) for mistake in _STRINGS)))
    for finish in _FINISHES:
        if _matches(given, secret, right, finish):
            return _found((finish,), right, right)
    for name, text in mistaken:
        if _matches(given, secret, text):
            return _found((name,), right, text)
    for number, (app_key, other) in enumerate((other_secrets or {}).items()):
        for name, text in (("", right), *(mistaken if number < _NEAR else ())) if other != secret else ():
            if _matches(given, other, text):
                return _found(("other_secret", name), right, text, app_key=app_key)
    for other in _taken_for(secret, call):
        if _matches(given, other, right):
            return _found(("wrong_secret",), right, right)
    if len(body) > _LARGE:
        return Diagnosis(None, UNKNOWN, _shown(right))
    for finish in _FINISHES:
        for name, text in mistaken:
            if _matches(given, secret, text, finish):
                return _found((name, finish), right, text)
    for names, text in chain(_doubles(call), _milliseconds(call)):
        if _matches(given, secret, text):
            return _found(names, right, text)
    return Diagnosis(None, UNKNOWN, _shown(right))


def _taken_for(secret: str, call: _Sent) -> list[str]:
    """What clients have taken for the secret."""
    tokens = [value for name, value in call.pairs if name in ("app_key", "access_token")]
    likely = [*tokens, call.access_token, secret + "\n", secret + "\r\n", secret + " ", " " + secret, secret.strip(), secret.upper(), secret.lower(), f'"{secret}"', ""]
    return [other for other in dict.fromkeys(likely) if other != secret]


def _found(mistakes: tuple[str, ...], ours: bytes, theirs: bytes, *, app_key: str = "") -> Diagnosis:
    named = [name for name in mistakes if name]
    words = "; and ".join(WORDS[name] for name in named) + (f" ({app_key})" if app_key else "")
    left, right = _text(ours), _text(theirs)
    differs = next((at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), min(len(left), len(right)))
    return Diagnosis(" + ".join(named), words, _shown(ours), _shown(theirs), None if left == right else differs)


def _text(signed: bytes) -> str:
    return signed.decode("utf-8", "backslashreplace")


def _shown(signed: bytes) -> str:
    return _text(signed[:16384])[:4096]


# Mistakes in how the string becomes a signature.

_FINISHES: dict[str, Callable[[bytes, bytes], str]] = {
    "upper_case_hex": lambda key, text: hmac.digest(key, key + text + key, "sha256").hex().upper(),
    "base64": lambda key, text: base64.b64encode(hmac.digest(key, key + text + key, "sha256")).decode(),
    "not_wrapped": lambda key, text: hmac.digest(key, text, "sha256").hex(),
    "only_prefixed": lambda key, text: hmac.digest(key, key + text, "sha256").hex(),
    "only_suffixed": lambda key, text: hmac.digest(key, text + key, "sha256").hex(),
    "plain_sha256": lambda key, text: hashlib.sha256(key + text + key).hexdigest(),
    "md5": lambda key, text: hashlib.md5(key + text + key, usedforsecurity=False).hexdigest(),
}


def _matches(given: str, secret: str, text: bytes, finish: str = "") -> bool:
    if not finish:
        return sign(secret, text) == given
    made = _FINISHES[finish](secret.encode(), text)
    return made == given or (finish in ("md5", "plain_sha256") and made == given.lower()) or (finish == "base64" and made.translate(_URL_SAFE).rstrip("=") == given.translate(_URL_SAFE).rstrip("="))


_URL_SAFE = str.maketrans("+/ ", "-_-")  # a blank is a plus sign that went through a query unescaped


# Mistakes in the string: each tells its name and the strings it would have made.


@dataclass(frozen=True, slots=True)
class _Sent:
    method: str
    path: str
    pairs: list[tuple[str, str]]
    body: bytes
    multipart: bool
    access_token: str
    host: str
    raw_query: str

    @property
    def signed(self) -> list[tuple[str, str]]:
        return [pair for pair in self.pairs if pair[0] not in _UNSIGNED]

    def string(self, *, path: str | None = None, pairs: list[tuple[str, str]] | None = None, body: bytes | None = None) -> bytes:
        """The string with one part of it replaced; pairs are taken as they come, sorted by name."""
        chosen = sorted(self.signed if pairs is None else pairs, key=_NAME)
        start = (self.path if path is None else path) + "".join(name + value for name, value in chosen)
        end = (b"" if self.multipart else self.body) if body is None else body
        return start.encode("utf-8", "surrogatepass") + end

    def unordered(self, text: str) -> bytes:
        return (self.path + text).encode("utf-8", "surrogatepass") + (b"" if self.multipart else self.body)


def _bodies(call: _Sent) -> Iterator[_Candidate]:
    if call.multipart:
        yield "multipart_body", call.string(body=call.body)
        return
    if call.method == "GET" and not call.body:
        asked = dict(pair for pair in call.signed if pair[0] not in ("app_key", "timestamp", "shop_cipher"))
        for body in (b"{}", b"[]", b"null", b'""', *(text for chosen in (asked, dict(call.signed)) for _, text in _spellings(chosen))):
            yield "get_body", call.string(body=body)
        return
    for name, body in _other_bodies(call.body):
        if body != call.body:
            yield name, call.string(body=body)


def _other_bodies(sent: bytes) -> Iterator[tuple[str, bytes]]:
    """The bodies that a client may have signed instead of the one it sent."""
    if not sent:
        for invented in (b"{}", b"[]", b"null", b'""'):
            yield "body_invented", invented
        return
    yield "body_not_signed", b""
    try:
        value = json.loads(sent)
        spellings = list(_spellings(value))
    except (ValueError, RecursionError):
        return
    alike = {name for name, text in spellings if text == sent}
    for name, text in spellings:
        yield ("body_escapes" if name in alike else name), text


def _spellings(value: Any) -> Iterator[tuple[str, bytes]]:
    """The ways in which clients write one value as JSON."""
    for ascii_only in (False, True):
        for name, separators in (("body_compact", (",", ":")), ("body_python_spacing", (", ", ": "))):
            yield name, _written(value, ensure_ascii=ascii_only, separators=separators)
            yield "body_sorted_keys", _written(value, ensure_ascii=ascii_only, separators=separators, sort_keys=True)
        compact = _written(value, ensure_ascii=ascii_only, separators=(",", ":"))
        yield "body_escapes", compact.replace(b"/", b"\\/")  # PHP
        yield "body_escapes", compact.replace(b"&", b"\\u0026").replace(b"<", b"\\u003c").replace(b">", b"\\u003e")  # Go
    for indent in (2, 4):
        yield "body_indented", _written(value, ensure_ascii=False, indent=indent)


def _written(value: Any, **how: Any) -> bytes:
    return json.dumps(value, **how).encode("utf-8", "surrogatepass")


def _tokens(call: _Sent) -> Iterator[_Candidate]:
    for name, value in call.pairs:
        if name == "access_token":
            yield "access_token_included", call.string(pairs=[*call.signed, (name, value)])
        if name == "sign":
            yield "sign_included", call.string(pairs=[*call.signed, (name, value)])
    yield "sign_included", call.string(pairs=[*call.signed, ("sign", "")])
    if call.access_token:
        for name in ("access_token", "x-tts-access-token"):
            yield "access_token_included", call.string(pairs=[*call.signed, (name, call.access_token)])


_ENCODERS: tuple[Callable[[bytes], str], ...] = (
    lambda value: quote(value, safe=""),
    lambda value: quote(value, safe="/"),
    lambda value: quote(value, safe="!'()*"),
    lambda value: quote(value, safe=","),
    quote_plus,
)


def _encodings(call: _Sent) -> Iterator[_Candidate]:
    if call.raw_query:
        raw = [part.partition("=")[::2] for part in call.raw_query.split("&") if part]
        yield "values_not_decoded", call.string(pairs=[(name, value) for name, value in raw if unquote(name) not in _UNSIGNED])
    for encode in _ENCODERS:
        encoded = [(name, encode(value.encode("utf-8", "surrogatepass"))) for name, value in call.signed]
        yield "values_not_decoded", call.string(pairs=encoded)
        yield "values_not_decoded", call.string(pairs=[(name, _lower_escapes(value)) for name, value in encoded])
    yield "values_decoded_twice", call.string(pairs=[(name, unquote(value)) for name, value in call.signed])
    yield "values_decoded_twice", call.string(pairs=[(name, value.replace("+", " ")) for name, value in call.signed])


def _lower_escapes(text: str) -> str:
    head, *rest = text.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in rest)])


def _parameters(call: _Sent) -> Iterator[_Candidate]:
    yield "blanks_dropped", call.string(pairs=[pair for pair in call.signed if pair[1]])
    for order in (call.signed, sorted(call.signed, key=_NAME, reverse=True), sorted(call.signed, key=lambda pair: pair[0].lower())):
        yield "not_sorted", call.unordered("".join(name + value for name, value in order))
    for left_out in dict.fromkeys(name for name, _ in call.signed):
        name = "cipher_left_out" if left_out == "shop_cipher" else "parameter_left_out"
        yield name, call.string(pairs=[pair for pair in call.signed if pair[0] != left_out])
    yield "parameter_left_out", call.string(pairs=[])


def _joints(call: _Sent) -> Iterator[_Candidate]:
    for order in (sorted(call.signed, key=_NAME), call.signed):
        for between, after in (("=", "&"), ("=", ""), ("", "&"), ("=", ",")):
            text = after.join(f"{name}{between}{value}" for name, value in order)
            for lead in ("", "?", "&"):
                yield "joined_as_query", call.unordered(lead + text)
            yield "joined_as_query", call.unordered(text + after)


def _paths(call: _Sent) -> Iterator[_Candidate]:
    path = call.path
    yield "path_without_slash", call.string(path=path.lstrip("/"))
    for host in dict.fromkeys(host for host in (call.host, HOST) if host):
        for start in (f"https://{host}", f"http://{host}", host, f"//{host}"):
            yield "path_with_host", call.string(path=start + path)
    yield "path_trailing_slash", call.string(path=path + "/")
    yield "path_trailing_slash", call.string(path=path.rstrip("/"))
    segments = path.split("/")
    for skipped in range(2, len(segments)):
        yield "path_prefixed", call.string(path="/" + "/".join(segments[skipped:]))
    for prefix in _PREFIXES:
        yield "path_prefixed", call.string(path=prefix + path)
    yield "path_prefixed", call.string(path=f"{call.method}{path}")
    yield "path_missing", call.string(path="")
    yield "path_missing", call.string(path="/")
    unsigned = "&".join(part for part in call.raw_query.split("&") if not part.startswith("sign="))
    for query in dict.fromkeys(query for query in (call.raw_query, unsigned) if query):
        yield "path_with_query", call.string(path=f"{path}?{query}")
        yield "path_with_query", call.string(path=f"{path}?{query}", pairs=[])
        yield "path_with_query", call.string(path=f"{path}?{unquote(query)}")
        yield "path_with_query", call.string(path=f"{path}?{unquote(query)}", pairs=[])


def _clocks(call: _Sent) -> Iterator[_Candidate]:
    timestamp = dict(call.pairs).get("timestamp", "")
    if not _is_number(timestamp):
        return
    if len(timestamp) >= 13:
        yield "timestamp_milliseconds", call.string(pairs=_at(call, timestamp[:-3]))
    yield "timestamp_milliseconds", call.string(pairs=_at(call, timestamp + "000"))
    for apart in (1, -1, 2, -2, 3, -3):
        yield "timestamp_taken_twice", call.string(pairs=_at(call, str(int(timestamp) + apart)))


def _milliseconds(call: _Sent) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """The thousand milliseconds of the second that was sent, and their neighbours at the turn of it."""
    timestamp = dict(call.pairs).get("timestamp", "")
    if _is_number(timestamp) and len(timestamp) < 13:
        for thousandth in range(-20, 1020):
            yield ("timestamp_milliseconds",), call.string(pairs=_at(call, str(int(timestamp) * 1000 + thousandth)))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20


def _at(call: _Sent, timestamp: str) -> list[tuple[str, str]]:
    return [(name, timestamp if name == "timestamp" else value) for name, value in call.signed]


_STRINGS: tuple[Callable[[_Sent], Iterator[_Candidate]], ...] = (_bodies, _parameters, _encodings, _tokens, _clocks, _paths, _joints)


def _doubles(call: _Sent) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Two mistakes in the string at once: a wrong body with wrong parameters or a wrong path."""
    bodies = [("multipart_body", call.body)] if call.multipart else list(_other_bodies(call.body))
    for first, body in bodies:
        wrong = replace(call, body=body, multipart=False)
        for mistake in _STRINGS[1:]:
            for second, text in mistake(wrong):
                yield (first, second), text
