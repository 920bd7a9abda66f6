"""Secrets: where they are looked for, and a value that shows itself to nobody but the wire."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from testferry.dialects import Dialect
from testferry.errors import UsageProblem
from testferry.services.service import Service

SHORTEST = 4  # anything shorter stands in half of all texts
LONGEST = 10_000  # characters of a token file


class Secret:
    """A token or key. Its ``repr`` and ``str`` are stars; ``reveal`` is called only where a header
    is built.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def hide(self, text: str) -> str:
        """The text without the secret, also where it stands in base64 or URL-encoded."""
        if len(self._value) < SHORTEST:
            return text
        encoded = base64.b64encode(self._value.encode()).decode().rstrip("=")
        for form in (self._value, encoded, quote(self._value, safe="")):
            text = text.replace(form, "***")
        return text


@dataclass(frozen=True, slots=True)
class Token:
    """A secret, and where it was found."""

    secret: Secret
    place: str


def token(token_file: str | None, service: Service, target: str) -> Token:
    """The secret from ``--token-file``, the environment or the keyring. Raises UsageProblem if
    there is none.
    """
    variable = service.secret.token
    if token_file:
        return _from_file(token_file)
    value = os.environ.get(variable, "").strip()
    if value:
        return _usable(value, f"${variable}")
    value = _from_keyring(target)
    if value:
        return _usable(value, "the keyring")
    raise UsageProblem(
        f"there is no token for {target}",
        f"set {variable} in the environment, or use --token-file FILE",
    )


def user(said: str, service: Service, target: str) -> str:
    """Who the key belongs to, empty if the service does not ask for that. Raises UsageProblem if
    nobody says so.
    """
    variable = service.secret.user
    if not variable:
        return ""
    found = said.strip()
    if not found:
        raise UsageProblem(
            f"there is no user for {target}",
            f"set {variable} to the user's e-mail address",
        )
    return found


def credentials(dialect: Dialect, secret: Secret, user: str = "") -> dict[str, str]:
    """The headers that a dialect's authentication needs."""
    value = secret.reveal()
    match dialect.auth:
        case "bearer":
            return {"Authorization": f"Bearer {value}"}
        case "basic":
            return {"Authorization": _basic(f"{user}:{value}")}
        case "basic-key":
            return {"Authorization": _basic(f"{value}:")}
        case "header":
            return {dialect.auth_header: value}
    return {}


def described(auth: Mapping[str, str], secret: Secret) -> dict[str, str]:
    """The header of a target that says itself how its token is sent."""
    value = secret.reveal()
    if "basic" in auth:
        return {"Authorization": _basic(auth["basic"].replace("{token}", value))}
    name, _, text = auth["header"].partition(":")
    return {name.strip(): text.strip().replace("{token}", value)}


def _basic(pair: str) -> str:
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _from_file(path: str) -> Token:
    try:
        with open(path, encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise UsageProblem(
                    f"the token file {path} can be read by others (mode {mode:o})",
                    f"chmod 600 {path}",
                )
            value = file.read(LONGEST).strip()
    except OSError as problem:
        raise UsageProblem(f"the token file {path} cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise UsageProblem(f"the token file {path} is not text") from None
    if not value:
        raise UsageProblem(f"the token file {path} is empty")
    return _usable(value, f"the token file {path}")


def _usable(value: str, place: str) -> Token:
    if not value.isascii() or not value.isprintable():
        raise UsageProblem(
            f"the token in {place} has characters that no header can carry",
            "was it copied in full?",
        )
    return Token(Secret(value), place)


def _from_keyring(target: str) -> str:
    try:
        import keyring  # type: ignore[import-not-found]
    except ImportError:
        return ""
    read: Callable[[str, str], str | None] = keyring.get_password
    try:
        return read("testferry", target) or ""
    except keyring.errors.KeyringError:  # a headless machine has none
        return ""
