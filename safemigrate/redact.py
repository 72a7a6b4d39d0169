"""Text without the passwords that it holds."""

from __future__ import annotations

import re

_SECRETS = "password|passwd|pwd|sslpassword|passfile|sslkey|token|secret"
_HIDDEN = "***"

# userinfo of a URL: everything between the first colon and the last @ of the authority, since an unescaped
# password may itself hold an @
_USERINFO = re.compile(r"(?P<user>[a-z][a-z0-9+.\-]*://[^\s:/?#'\"]*):[^\s/?#]*(?=@)", re.IGNORECASE)
# a password may hold an unescaped /, ? or #, too; the host behind the @ tells that it was one
_LOOSE_USERINFO = re.compile(
    r"(?P<user>[a-z][a-z0-9+.\-]*://[^\s:/?#@'\"]*):[^\s@]*[/?#][^\s@]*(?=@[\w.\-\[\]:,]*(?:[/?]|\s|$))",
    re.IGNORECASE,
)
_PAIR = re.compile(
    rf"(?P<key>\b(?:{_SECRETS}|pgpassword)\s*=\s*)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s&;,'\"]+)",
    re.IGNORECASE,
)
# CREATE ROLE … PASSWORD 'x'
_ROLE = re.compile(r"(?P<key>\bPASSWORD\s+)(?:E?'(?:[^'\\]|''|\\.)*')", re.IGNORECASE)


def redact(text: str) -> str:
    """*text* with the passwords of URLs, connection strings, ``key=value`` pairs and roles replaced by ``***``."""
    text = _USERINFO.sub(rf"\g<user>:{_HIDDEN}", text)
    text = _LOOSE_USERINFO.sub(rf"\g<user>:{_HIDDEN}", text)
    text = _ROLE.sub(rf"\g<key>'{_HIDDEN}'", text)
    return _PAIR.sub(rf"\g<key>{_HIDDEN}", text)
