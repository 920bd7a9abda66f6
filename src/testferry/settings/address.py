"""The address that results and a token may be sent to: the one place where that is decided.

A project's file lies in a checkout and may be anybody's. It may bring an address, never change one
that the environment or the user's own file knows; and outside CI no token goes to an address that
nobody else ever named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, urlsplit

from testferry.address import LOOPBACK, is_host
from testferry.errors import UsageProblem
from testferry.option import ways_to_say
from testferry.services.service import Service
from testferry.settings import known
from testferry.settings.ci import in_ci
from testferry.settings.files import Source
from testferry.settings.options import Whereto
from testferry.settings.read import DEFAULT, Origin
from testferry.settings.shipped import shipped_address

_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
# Names of a query's values, or values, that look like a secret.
_SECRET_NAME = re.compile(
    r"token|secret|passw|pwd|credential|signature|session|(?:^|[^a-z])(?:key|auth|sig|pass|jwt|sas)"
    r"(?:$|[^a-z])|api.?key|access.?key|auth",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"(?:gh[a-z]_|github_pat_|glpat-|sk[-_]|pk_|xox[a-z]-|eyJ|Bearer|Basic)[\w.+/=-]{8,}"
    r"|(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{32,}"
)
# No host can have such a name (RFC 6761, section 6.4): nobody is there to get the token.
_NOBODYS = ".invalid"
_TYPE = "type"  # of a target's table that is a whole one
_QUERY = re.compile(r"[?#].*", re.DOTALL)


def allowed(
    url: str,
    service: Service,
    target: str,
    origin: Origin = DEFAULT,
) -> str:
    """The service's address, checked, without its API's own path. Raises UsageProblem.

    ``origin`` says who named the address, for the words of a problem.
    """
    if service.embedded:
        return service.name
    if not url:
        cure = ways_to_say(Whereto, "url", service.address.variable)
        raise UsageProblem(f"there is no address for {target}", cure)
    try:
        return _plain(url, service, target)
    except UsageProblem as problem:
        raise _with_origin(problem, origin) from None


def shown(url: str) -> str:
    """An address for people: without what may be a password or a token in it."""
    scheme, slashes, rest = url.rpartition("://")
    rest = _QUERY.sub("", rest)
    if "@" in rest:
        rest = f"***@{rest.rpartition('@')[2]}"
    return f"{scheme}{slashes}{rest}"


def check_each(
    sayings: Iterable[tuple[object, Origin]],
    service: Service,
    target: str,
) -> None:
    """What a file says of the address is one, whether it counts or not. Raises UsageProblem."""
    for said, origin in sayings:
        if origin.file is not None and isinstance(said, str) and said:
            allowed(said, service, target, origin)


def check_unchallenged(
    sayings: Iterable[tuple[object, Origin]],
    service: Service,
    target: str,
) -> None:
    """A project's file changes no address that the environment, the user's own file or testferry's
    own table of the target knows, unless the command line decides. Raises UsageProblem that names
    both.

    ``sayings`` are all that say an address, the first that counts first.
    """
    first: tuple[str, Origin] | None = None
    for said, origin in sayings:
        if origin.source in (Source.LINE, Source.CONFIG):
            return
        if not isinstance(said, str) or not said:
            continue
        if first is None:
            first = (said, origin)
        elif origin.source is Source.PROJECT and first[1].source is not Source.PROJECT:
            _compare(first, (said, origin), service)
    if first is not None and first[1].source is Source.PROJECT:
        _check_shipped(*first, target)


def check_known(
    url: str,
    service: Service,
    target: str,
    origin: Origin,
) -> str:
    """The token goes to no address that only a project's file names, unless it is this machine's,
    or this user has sent there before. In CI, where the file is what is built, it does.

    Returns a line to tell the user, mostly empty. Raises UsageProblem.
    """
    host = urlsplit(url).hostname or ""
    if host in LOOPBACK or host.endswith(_NOBODYS):
        return ""
    if origin.source is not Source.PROJECT:
        known.remember(service.name, url)
        return ""
    if known.remembered(service.name, url):
        return ""
    words = f"the address {url} is named by the project's file alone ({origin})"
    if in_ci():
        return f"{words}: the token is sent there"
    raise UsageProblem(
        f"{words}, and you never sent anything there: it gets no token",
        f"if it is right, say so once with --url {url}, or name it for {target} in your own file",
    )


def _check_shipped(said: str, origin: Origin, target: str) -> None:
    """Where a target is that testferry knows by name, a project's file does not say, nor describes
    it anew: its token is meant for that service. Raises UsageProblem.
    """
    name = target
    if origin.file is not None and origin.file.called:
        name = origin.file.called  # a table that the target stands on
    address = shipped_address(name)
    host = urlsplit(said).hostname or ""
    if not address or host in LOOPBACK:
        return
    whole = origin.file is not None and _TYPE in origin.file.targets.get(target, {})
    if whole or host != urlsplit(address).hostname:
        raise UsageProblem(
            f"{origin}: {name} is at {address}, and not for a project's file to move or to "
            "describe anew",
            "say where it is with --url, or give the project's target another name",
        )


def _compare(
    ours: tuple[str, Origin],
    brought: tuple[str, Origin],
    service: Service,
) -> None:
    try:
        same = _plain(ours[0], service, "") == _plain(brought[0], service, "")
    except UsageProblem:  # the one that counts is told when it is used
        same = ours[0] == brought[0]
    if not same:
        raise UsageProblem(
            f"{brought[1]}: {shown(brought[0])} is another address than {shown(ours[0])} of "
            f"{ours[1]}",
            "say which with --url, or give the project's target another name",
        )


def _plain(url: str, service: Service, target: str) -> str:
    split = _split(url, target)
    _check_credentials(split)
    plain = service.address.plain(split.geturl().rstrip("/"))
    # What people paste along with an address is off by now; the service takes nothing else.
    _check_query(urlsplit(plain).query)
    return plain


def _with_origin(problem: UsageProblem, origin: Origin) -> UsageProblem:
    place = origin.at()
    if not place:
        return problem
    return UsageProblem(f"{place}: {problem.message}", problem.hint)


def _check_credentials(split: SplitResult) -> None:
    if split.username or split.password or "@" in split.netloc:
        raise UsageProblem(
            "the address must not hold credentials",
            "use the environment or --token-file",
        )
    if split.scheme == "http" and split.hostname not in LOOPBACK:
        raise UsageProblem(
            f"http:// would send the token in the clear to {split.hostname}",
            f"use https://{split.netloc}{split.path}",
        )
    _check_query(split.query)
    _check_query(split.fragment)


def _check_query(query: str) -> None:
    for name, value in parse_qsl(query, keep_blank_values=True):
        if _SECRET_NAME.search(name) or _SECRET_VALUE.fullmatch(value):
            raise UsageProblem(
                "the address must not hold a secret: its query has one by the looks of it",
                "use the environment or --token-file; addresses are shown and kept",
            )


def _split(url: str, target: str) -> SplitResult:
    wrong = UsageProblem(f"{shown(url)!r} is no address", f"use --url https://… for {target}")
    if _UNPRINTABLE.search(url):
        raise wrong
    full = url
    if "//" not in url:
        full = f"https://{url}"
    try:
        split = urlsplit(full)
        port_fits = split.port is None or split.port >= 0
    except ValueError:
        raise wrong from None
    host = split.hostname or ""
    if split.scheme not in ("http", "https") or not host or host.isdigit() or not port_fits:
        raise wrong
    if not is_host(host):
        raise UsageProblem(
            f"{shown(url)!r} is no address: no host can be called {host!r}",
            f"a part of it is empty or too long; use --url https://… for {target}",
        )
    return split
