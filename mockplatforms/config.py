"""The settings of a server, one row each: flags, environment names and their help all come from this table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "MOCKPLATFORMS_"


@dataclass(frozen=True, slots=True)
class Setting:
    """``name`` is the flag (``--public-url``) and, in capitals behind the prefix, the environment name (``MOCKPLATFORMS_PUBLIC_URL``)."""

    name: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    many: bool = False

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def environment(self) -> str:
        return PREFIX + self.name.upper()

    def read(self, text: str) -> Any:
        """A value from text. Raises ValueError in words."""
        if self.choices and text not in self.choices:
            raise ValueError(f"{self.flag} is one of {', '.join(self.choices)}, not {text!r}")
        if self.many:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        if isinstance(self.default, bool):
            if text.lower() not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
                raise ValueError(f"{self.flag} is true or false, not {text!r}")
            return text.lower() in ("1", "true", "yes", "on")
        if isinstance(self.default, int):
            try:
                return int(text)
            except ValueError:
                raise ValueError(f"{self.flag} is a whole number, not {text!r}") from None
        return text


SETTINGS: tuple[Setting, ...] = (
    Setting("host", "127.0.0.1", "address to listen on; anything but loopback lets others in"),
    Setting("port", 8700, "port for everything: both platforms and the control API; 0: any free one"),
    Setting("public_url", "", "origin under which clients reach the server; URLs in replies are built from it"),
    Setting("allowed_hosts", (), "Host names that are answered, besides loopback ones; * for any", many=True),
    Setting("workspace", (), "JSON files with workspaces to make at start", many=True),
    Setting("world", "demo", "fixture of the default workspace"),
    Setting("seed", 1, "seed of the default workspace"),
    Setting("clock", "real", "how world time runs in the default workspace", choices=("real", "scaled", "frozen")),
    Setting("scale", 60, "seconds of world time per real second when the clock is scaled"),
    Setting("wire", "real", "what stands in payloads: the real clock, or world time from a fixed instant", choices=("real", "virtual")),
    Setting("ids", "epoch", "wire ids: a new epoch at each start, workspace, reset and restore, or the same again", choices=("epoch", "repeat")),
    Setting("buyers_per_hour", 6, "orders an hour that simulated buyers place in each app of the default workspace; 0: none"),
    Setting("quota", "announce", "rate limits: only announced in headers, enforced, or off (for load tests)", choices=("announce", "enforce", "off")),
    Setting("journal_bytes", 33554432, "most bytes of calls that a workspace's journal keeps"),
    Setting("webhook_timeout", 3, "seconds that a webhook receiver has to answer"),
    Setting("webhook_hosts", (), "where webhooks may go besides loopback and private addresses: host names, addresses, networks (CIDR); * for anywhere", many=True),
    Setting("webhook_ca", "", "PEM file with a certificate authority that vouches for HTTPS receivers, besides the public ones"),
    Setting("retry_floor", 1, "least real seconds between two attempts of one webhook"),
    Setting("log", "refused", "what is printed per call", choices=("refused", "all", "none")),
)


def defaults() -> dict[str, Any]:
    return {setting.name: setting.default for setting in SETTINGS}


def load(flags: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Settings from flags, then the environment, then defaults. Raises ValueError in words."""
    env = os.environ if environment is None else environment
    values = defaults()
    for setting in SETTINGS:
        text = (flags or {}).get(setting.name)
        if text is None:
            text = env.get(setting.environment)
        if text is not None:
            values[setting.name] = setting.read(text)
    return values
