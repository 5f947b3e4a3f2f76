"""The endpoints of Tokopedia that are served, each declared beside the function that answers it."""

from __future__ import annotations

from ..domain.phases import Platform
from ..gateway.endpoint import Catalog

CATALOG = Catalog(Platform.TOKOPEDIA)
