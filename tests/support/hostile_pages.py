"""What of a page a browser would run: whatever markup of a stranger's got through would show here."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        values = dict(attrs)
        if tag in ("img", "iframe", "object", "embed", "base", "style") or any(name.startswith("on") for name in names):
            self.found.append(f"<{tag} {sorted(names)}>")
        if any((value or "").strip().lower().startswith(("javascript:", "data:", "vbscript:")) for value in values.values()):
            self.found.append(f"<{tag}> leads to a script")
        if tag == "script" and not (values.get("src") or "").startswith("/static/") and values.get("type") != "application/json":
            self.found.append("<script> that is not ours")
        self._in_script = tag == "script" and "src" in names

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.found.append(f"script text {data.strip()[:40]!r}")


def what_would_run(html: str) -> list[str]:
    """Return what in `html` is foreign: markup that runs or loads something, and control characters."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    controls = sorted({repr(sign) for sign in html if (sign < " " and sign not in "\n\t") or "\x7f" <= sign < "\xa0"})
    return reader.found + controls
