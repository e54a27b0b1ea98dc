"""Calls and the trail from the command line, against the real program; a service that runs shows the call at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path
