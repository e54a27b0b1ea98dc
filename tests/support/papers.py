"""A PDF as a reader sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pypdfium2

if TYPE_CHECKING:
    from pathlib import Path

open_document: Any = pypdfium2.PdfDocument
"""Untyped in its library."""


def text_of(pdf: bytes | Path) -> str:
    """Return all its text, every run of white space as one space."""
    pages = [page.get_textpage().get_text_bounded() for page in open_document(pdf)]
    return " ".join(" ".join(pages).split())
