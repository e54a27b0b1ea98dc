"""What a mail address looks like: one without quotes and comments (RFC 5322 §3.4.1, dot-atom), in ASCII."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 254
"""Characters (RFC 5321 §4.5.3.1.3)."""
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS: Final = re.compile(rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def is_mail_address(text: str) -> bool:
    """Say whether `text` is one address and nothing else, so that it can stand in an envelope and a header."""
    return len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None
