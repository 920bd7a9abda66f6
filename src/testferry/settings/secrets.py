"""Secrets: where they are looked for, and a value that shows itself to nobody but the wire."""

from __future__ import annotations

import base64
import html
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote

from testferry import kernel
from testferry.dialects import Dialect
from testferry.dialects.load import FROM_ENVIRONMENT
from testferry.errors import NoSecret, UsageProblem
from testferry.piped import piped
from testferry.services import services
from testferry.services.service import Service
from testferry.settings import ring

SHORTEST = 4  # anything shorter stands in half of all texts
LONGEST = 10_000  # characters of a token file
STANDARD_INPUT = "-"
_LOOKED_AT = 100  # characters of a secret
# A secret that is to be put in: Azure's, GitHub's.
_MACRO = re.compile(r"\$\([\w.-]+\)|\$\{\{[^{}]+\}\}")
_CODED = re.compile(r"[%\\&+]")  # signs of a code


class Secret:
    """A token or key. Its ``repr`` and ``str`` are stars; ``reveal`` is called only where a header
    is built.
    """

    __slots__ = ("_others", "_value")

    def __init__(self, value: str, others: Iterable[str] = ()) -> None:
        self._value = value
        self._others = tuple(Secret(other) for other in others)

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value or self._others)

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def hide(self, text: str) -> str:
        """The text without the secret, also where it stands in one of the forms that libraries and
        services give it: base64, or each of its characters as itself or in a code of its own for
        addresses (several times, too), JSON, Python or HTML; and without those sent beside it.
        """
        for other in self._others:
            text = other.hide(text)
        if len(self._value) < SHORTEST:
            return text
        if _CODED.search(text):
            text = _in_any_form(self._value).sub("***", text)
        text = text.replace(self._value, "***")
        for form in _in_base64(self._value):
            text = text.replace(form, "***")
        return text


@lru_cache
def _in_any_form(value: str) -> re.Pattern[str]:
    """The secret, in whatever code each of its characters may stand in a text; of a very long one
    its beginning, and all that follows unbroken.
    """
    rest = ""
    if len(value) > _LOOKED_AT:
        rest = r"\S*"
    return re.compile("".join(map(_forms, value[:_LOOKED_AT])) + rest)


def _forms(character: str) -> str:
    """One character: itself, behind backslashes too; of an address; of JSON and Python; of HTML."""
    code = ord(character)
    octets = character.encode("utf-8", "surrogatepass")
    units = character.encode("utf-16-be", "surrogatepass")
    percent = "".join(f"%(?:25){{0,3}}{octet:02x}" for octet in octets)
    wide = "".join(rf"\\{{1,4}}u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
    forms = [f"(?i:{percent})", f"(?i:{wide})"]
    forms.append(rf"(?i:\\{{1,4}}x{code:02x}|\\{{1,4}}u{code:08x})")
    forms.append(f"(?i:&(?:amp;){{0,3}}#(?:0{{0,6}}{code}|x0{{0,6}}{code:x});)")
    if html.escape(character) != character:
        forms.append(re.escape(html.escape(character)))
    forms.append(rf"\\{{0,4}}{re.escape(character)}")
    if character == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"


def _in_base64(value: str) -> list[str]:
    """The secret as Basic carries it, longer forms first."""
    forms: set[str] = set()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms |= set(_within(value, encode))
    return sorted(forms, key=len, reverse=True)


def _within(value: str, encode: Callable[[bytes], bytes]) -> Iterator[str]:
    """What base64 makes of the secret, wherever it begins in what is encoded: what only it decides.

    ``user:secret`` has it at an offset that nobody knows.
    """
    data = value.encode("utf-8", "surrogatepass")
    for offset in range(3):
        encoded = encode(b"\0" * offset + data).decode().rstrip("=")
        begin = -(-offset * 8 // 6)
        whole = (offset + len(data)) * 8 // 6
        if whole - begin >= SHORTEST:
            yield encoded[begin:whole]
            if not offset:
                yield encoded


@dataclass(frozen=True, slots=True)
class Token:
    """A secret, and where it was found."""

    secret: Secret
    place: str
    warning: str = ""  # what is not as it should be with the place


def token(token_file: str | None, service: Service, target: str) -> Token:
    """The secret from ``--token-file``, the environment or the keyring. Raises UsageProblem if
    there is none.
    """
    variable = service.secret.token
    if token_file:
        return _from_file(token_file)
    value = os.environ.get(variable, "").strip()
    unfilled = _unfilled(value, variable)
    if value and not unfilled:
        return _usable(value, f"${variable}")
    value = ring.kept(target)
    if value:
        return _usable(value, "the keyring")
    raise NoSecret(
        f"there is no token for {target}{unfilled}",
        f"set {variable} in the environment, use --token-file FILE (TESTFERRY_TOKEN_FILE, or "
        f"token-file in your own file), or keep it with `testferry login {target}`",
    )


def _unfilled(value: str, variable: str) -> str:
    """Words for a value that a CI system left as it was written, because there is no such secret:
    Azure does it in builds of a fork. Empty if it is none.
    """
    ours = (f"${variable}", f"${{{variable}}}")
    if value in ours or _MACRO.fullmatch(value):
        return f": {variable} is {value}, which nobody filled in"
    return ""


def user(said: str, service: Service, target: str) -> str:
    """Who the key belongs to, empty if the service does not ask for that. Raises UsageProblem if
    nobody says so.
    """
    variable = service.secret.user
    if not variable:
        return ""
    found = said.strip()
    if not found:
        raise NoSecret(
            f"there is no user for {target}",
            f"set {variable} to the user's e-mail address, or user in the target's table",
        )
    return found


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the secret is in a request: headers, or a part of the address's query."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def credentials(
    dialect: Dialect,
    secret: Secret,
    user: str = "",
    auth: Mapping[str, str] | None = None,
) -> Credentials:
    """What a dialect's authentication needs, or the target's own ``auth``. Raises UsageProblem if
    the secret has characters that its header cannot carry; Basic and a query carry any.
    """
    if auth and "query" in auth:
        return Credentials(query=((auth["query"], secret.reveal()),))
    if auth:
        return Credentials(_described(auth, secret.reveal()))
    return Credentials(_of_dialect(dialect, secret.reveal(), user))


def masked(dialect: Dialect, auth: Mapping[str, str] | None = None) -> Credentials:
    """The same with stars, for people."""
    if auth and "none" in auth:
        return Credentials()
    if "basic" in (auth or {}) or (not auth and dialect.auth.startswith("basic")):
        return Credentials({"Authorization": "Basic ***"})
    return credentials(dialect, Secret("***"), "", auth)


def from_environment(dialect: Dialect) -> dict[str, str]:
    """The headers of a dialect whose values are in variables. Raises NoSecret if one is not set."""
    found = {}
    for name, text in dialect.headers.items():
        if not text.startswith(FROM_ENVIRONMENT):
            continue
        variable = text.removeprefix(FROM_ENVIRONMENT).strip()
        value = os.environ.get(variable, "").strip()
        if not value:
            raise NoSecret(
                f"the header {name} of the dialect {dialect.name} is in {variable}, which is not "
                "set",
                f"set {variable} in the environment",
            )
        _check_for_header(_usable(value, f"${variable}").secret.reveal())
        found[name] = value
    return found


def of_environment() -> Secret:
    """Every token that the environment has, for what is shown without asking a service."""
    variables = {service.secret.token for service in services()}
    return Secret("", (os.environ.get(name, "").strip() for name in variables if name))


def of_proxies(said: str) -> list[str]:
    """The passwords of the user's own proxy and of the environment's: a proxy may say them back."""
    from urllib.request import getproxies  # start-up is a feature

    passwords = []
    for address in (said, *getproxies().values()):
        login, _, _ = address.rpartition("://")[2].rpartition("@")
        passwords.append(unquote(login.partition(":")[2]))
    return [password for password in passwords if password]


def _of_dialect(dialect: Dialect, value: str, user: str) -> dict[str, str]:
    if dialect.auth in ("bearer", "header"):
        _check_for_header(value)
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


def _described(auth: Mapping[str, str], value: str) -> dict[str, str]:
    if "basic" in auth:
        return {"Authorization": _basic(auth["basic"].replace("{token}", value))}
    _check_for_header(value)
    name, _, text = auth["header"].partition(":")
    return {name.strip(): text.strip().replace("{token}", value)}


def _check_for_header(value: str) -> None:
    if not value.isascii():
        raise UsageProblem(
            "the token has characters that no header can carry",
            "was it copied in full?",
        )


def _basic(pair: str) -> str:
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _from_file(path: str) -> Token:
    place, warning = f"the token file {path}", ""
    try:
        if path == STANDARD_INPUT:
            place = "standard input"
            value = _from_standard_input()
        else:
            with open(path, encoding="utf-8-sig") as file:
                warning = _looked_at(os.fstat(file.fileno()), place)
                value = file.read(LONGEST).strip()
    except OSError as problem:
        raise UsageProblem(f"{place} cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise UsageProblem(f"{place} is not text") from None
    if not value:
        raise UsageProblem(f"{place} is empty")
    return _usable(value, place, warning)


def _from_standard_input() -> str:
    """The token, and nothing else. Raises UnicodeDecodeError."""
    data = piped("the token").read(LONGEST)
    return data.decode("utf-8-sig").strip()


def _looked_at(info: os.stat_result, place: str) -> str:
    """A line to tell the user if others may read the file: secrets that are mounted are often so,
    and cannot be changed. Raises UsageProblem if others may write it: the token may be theirs.
    """
    mode = stat.S_IMODE(info.st_mode)
    if stat.S_ISREG(info.st_mode) and kernel.writable_by_others(info):
        raise UsageProblem(
            f"{place} can be changed by others (mode {mode:o})",
            "let nobody but you write it: chmod 600",
        )
    if stat.S_ISREG(info.st_mode) and kernel.readable_by_others(info):
        return f"{place} can be read by others (mode {mode:o}); chmod 600 keeps it yours"
    return ""


def _usable(value: str, place: str, warning: str = "") -> Token:
    if not value.isprintable():
        raise UsageProblem(
            f"the token in {place} has characters that no header can carry",
            "was it copied in full?",
        )
    return Token(Secret(value), place, warning)
