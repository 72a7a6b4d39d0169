"""Text without the passwords that it holds."""

from __future__ import annotations

import re

_SECRETS = "password|passwd|pwd|sslpassword|passfile|sslkey|token|secret"
_HIDDEN = "***"
_KEY = re.compile("passw|pwd|passfile|sslkey|token|secret", re.IGNORECASE)

# the password of a URL: up to the last @, since an unescaped one may hold @, / and # itself
_USERINFO = re.compile(r"(?P<user>\b[a-z][a-z0-9+.\-]*://[^\s:/?#'\"]*):\S*(?=@)", re.IGNORECASE)
_PAIR = re.compile(
    rf"(?P<key>\b(?:{_SECRETS}|pgpassword)\s*=\s*)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s&;,'\"]+)",
    re.IGNORECASE,
)
# CREATE ROLE … PASSWORD 'x' or $$x$$, OPTIONS (password 'x'), PASSWORD ''x'' inside of a string
_ROLE = re.compile(
    r"(?P<key>\b(?:ssl)?(?:password|passwd|pwd)\s+)"
    r"(?:(?P<doubled>''(?:[^'\\]|\\.|'''')+''(?!'))"
    r"|(?:E|U&)?'(?:[^'\\]|''|\\.)*'"
    r"|(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag))",
    re.IGNORECASE | re.DOTALL,
)
# libpq quotes as a host what followed the first @ of a URL, and the rest of a password may stand in it
_HOST = re.compile(r"(?P<host>\bhost(?: name)? [\"'])[^\"'\s]*@")


def redact(text: str) -> str:
    """*text* with the passwords of URLs, connection strings, ``key=value`` pairs and roles replaced by ``***``."""
    if "@" in text:
        text = _USERINFO.sub(rf"\g<user>:{_HIDDEN}", text)
        text = _HOST.sub(rf"\g<host>{_HIDDEN}@", text)
    # hardly a statement holds one of these words, and to look for them is much cheaper than what follows
    if _KEY.search(text):
        text = _ROLE.sub(_role, text)
        text = _PAIR.sub(rf"\g<key>{_HIDDEN}", text)
    return text


def _role(match: re.Match[str]) -> str:
    quote = "''" if match["doubled"] else "'"
    return f"{match['key']}{quote}{_HIDDEN}{quote}"
