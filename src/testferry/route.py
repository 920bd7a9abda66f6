"""From a destination that the user named to a route that is ready: the target, its dialect, the
checked address and the credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from testferry.dialects import Dialect
from testferry.dialects import load as load_dialect
from testferry.engine.step import Target
from testferry.services.service import Service
from testferry.settings import address, secrets
from testferry.settings.files import Table
from testferry.settings.options import Connection, Patience, Whereto
from testferry.settings.read import DEFAULT, Origin
from testferry.settings.secrets import Secret, Token


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to, and how to get there, as the user said it. No secrets."""

    name: str  # as the user calls it
    service: Service
    options: Mapping[str, object]  # what the target is made of
    whereto: Whereto = field(default_factory=Whereto)
    origin: Origin = DEFAULT  # of the address
    # A proxy may hold a password.
    connection: Connection = field(default_factory=Connection, repr=False)
    patience: Patience = field(default_factory=Patience)
    dialects: Mapping[str, Table] = field(default_factory=dict)  # the user's own

    def with_options(self, options: Mapping[str, object]) -> Destination:
        """The same place with a target made of other options."""
        return replace(self, options=options)


@dataclass(frozen=True, slots=True)
class Route:
    """A destination made ready."""

    destination: Destination
    target: Target
    dialect: Dialect
    url: str
    secret: Secret
    headers: Mapping[str, str] = field(repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # with the secret
    user: str = ""
    notices: tuple[str, ...] = ()  # what the user is to be told before anything is sent

    @property
    def service(self) -> Service:
        """The service at its end."""
        return self.destination.service


def route_to(
    destination: Destination,
    *,
    rehearsed: bool = False,
    spooled: bool = False,
) -> Route:
    """The route to a destination. Raises UsageProblem.

    ``rehearsed``: nothing is sent. No secret is needed then, unless the target makes its plan from
    what the service has. ``spooled``: nobody is even asked.
    """
    service = destination.service
    target = service.make(destination.options)
    authorised = not spooled and (not rehearsed or target.plans_later)
    user = ""
    if authorised and service.secret.user:
        user = secrets.user(destination.whereto.user, service, destination.name)
        target = service.make({**destination.options, "user": user})
    dialect = dialect_of(destination)
    url = address_of(destination)
    token = _token(destination, dialect, authorised=authorised)
    sent = secrets.Credentials()
    if token.secret:
        sent = secrets.credentials(dialect, token.secret, user, auth_of(destination))
    hidden: dict[str, str] = {}
    if authorised:
        hidden = secrets.from_environment(dialect)
    beside = (*hidden.values(), *secrets.of_proxies(destination.connection.proxy))
    secret = Secret(token.secret.reveal(), beside)
    goes = bool(token.secret or hidden) or (spooled and _needs_token(destination, dialect))
    notices = _notices(destination, url, token, goes=goes)
    headers = {**hidden, **sent.headers}
    return Route(destination, target, dialect, url, secret, headers, sent.query, user, notices)


def address_of(destination: Destination) -> str:
    """The checked address of a destination. Raises UsageProblem."""
    url, service = destination.whereto.url, destination.service
    return address.allowed(url, service, destination.name, destination.origin)


def _notices(
    destination: Destination,
    url: str,
    token: Token,
    *,
    goes: bool,
) -> tuple[str, ...]:
    """What is to be told before the token goes there. Raises UsageProblem if it must not.

    ``goes``: it does now, or what is kept sends it by `resume`, which asks nobody again.
    """
    service = destination.service
    if not goes or service.secret.public:
        return ()
    known = address.check_known(url, service, destination.name, destination.origin)
    return tuple(notice for notice in (token.warning, known) if notice)


def dialect_of(destination: Destination) -> Dialect:
    """How the service errs; the target may have been told another dialect. Raises UsageProblem."""
    said = str(destination.options.get("dialect") or "")
    return load_dialect(said or destination.service.dialect, destination.dialects)


def auth_of(destination: Destination) -> Mapping[str, str]:
    """How a target says itself that its token is sent; empty if it leaves that to the dialect."""
    said = destination.options.get("auth")
    return said if isinstance(said, Mapping) else {}


def _token(destination: Destination, dialect: Dialect, *, authorised: bool) -> Token:
    service = destination.service
    if service.secret.public:
        return Token(Secret(service.secret.public), "the documents")
    if not authorised or not _needs_token(destination, dialect):
        return Token(Secret(""), "")
    file = destination.connection.token_file
    return secrets.token(file, service, destination.name)


def _needs_token(destination: Destination, dialect: Dialect) -> bool:
    auth = auth_of(destination)
    return "none" not in auth and (bool(auth) or dialect.auth != "none")
