"""mockplatforms: Tokopedia and TikTok Shop on localhost, with the migration between them."""

__version__ = "0.1.0"

__all__ = ["__version__"]
