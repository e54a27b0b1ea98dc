"""What can go wrong in the hotline package and is somebody's to mend. A message is one line: what is wrong, and how to mend it."""

from __future__ import annotations


class HotlineError(Exception):
    """Root of the package's errors."""


class AccountError(HotlineError):
    """A user or token that cannot be created as asked; asking again the same way fails again."""


class NameTakenError(AccountError):
    """The name belongs to another account or token."""


class OverloadedError(HotlineError):
    """Too many logins are being checked at once; trying again a little later succeeds."""


class AddressError(HotlineError):
    """A listener's address cannot be had."""
