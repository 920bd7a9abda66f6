"""Options, environment, configuration files and secrets, in this order of precedence, and what they
must look like.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from testferry.dialects import Dialect, Window
from testferry.errors import UsageProblem
from testferry.settings.secrets import Secret

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_UNITS = {
    "ms": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "min": 60.0,
    "m": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
}
_SIZES = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "kib": 1024,
    "k": 1000,
    "mb": 1000**2,
    "mib": 1024**2,
    "m": 1000**2,
    "gb": 1000**3,
}
_PROJECT_FILE = "testferry.toml"
_ONLY_FOR_USERS = frozenset({"token_file", "proxy", "ca_bundle", "summary_file", "journal"})
_TABLES = ("targets", "dialects")


class Size(click.ParamType[int]):
    """Bytes: ``5000``, ``64 KB``, ``1 MB``."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """A number of bytes, at least one."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(
            r"\s*([0-9]{1,12}(?:\.[0-9]+)?)\s*([a-z]*)\s*", str(value), re.IGNORECASE | re.ASCII
        )
        if (
            not match
            or match[2].lower() not in _SIZES
            or float(match[1]) * _SIZES[match[2].lower()] < 1
        ):
            self.fail(f"{value!r} is no size: use bytes, 64 KB or 1 MB", param, ctx)
        return int(float(match[1]) * _SIZES[match[2].lower()])


class Duration(click.ParamType[float]):
    """Seconds: ``90``, ``90s``, ``10m``, ``1h``."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """A number of seconds."""
        if isinstance(value, int | float):
            return float(value)
        match = re.fullmatch(
            r"\s*([0-9]{1,9}(?:\.[0-9]+)?)\s*([a-z]*)\s*", str(value), re.IGNORECASE | re.ASCII
        )
        unit = match[2].lower() if match else ""
        if not match or (unit and unit not in _UNITS):
            self.fail(f"{value!r} is no duration: use 90s, 10m, 1h or seconds", param, ctx)
        return float(match[1]) * _UNITS.get(unit, 1.0)


class RateType(click.ParamType["Window | None"]):
    """A rate window: ``180/min``, ``3/s``, ``200/5s``; ``none`` for no limit."""

    name = "rate"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Window | None:
        """The window, None for ``none``."""
        if isinstance(value, Window) or value is None or str(value).strip().lower() == "none":
            return value if isinstance(value, Window) else None
        match = re.fullmatch(
            r"\s*([0-9]{1,9})\s*/\s*([0-9]{0,6}(?:\.[0-9]+)?)\s*([a-z]+)\s*",
            str(value),
            re.IGNORECASE | re.ASCII,
        )
        if (
            not match
            or match[3].lower() not in _UNITS
            or int(match[1]) < 1
            or (match[2] and float(match[2]) <= 0)
        ):
            self.fail(f"{value!r} is no rate: use 180/min, 3/s, 200/5s, 1000/h or none", param, ctx)
        return Window(int(match[1]), float(match[2] or 1) * _UNITS[match[3].lower()])


@dataclass(frozen=True, slots=True)
class Configuration:
    """What configuration files say: defaults for options, the user's own targets and dialects."""

    options: Mapping[str, Any] = field(default_factory=dict)
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    dialects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    origin: str = ""


def load(explicit: str | None) -> Configuration:
    """``--config``, else the nearest project file upwards; below it the user's file. Raises
    UsageProblem.
    """
    project = _read(Path(explicit)) if explicit else _nearest()
    user = _user_file()
    lower = _read(user) if user.is_file() else Configuration()
    return Configuration(
        {**lower.options, **project.options},
        {**lower.targets, **project.targets},
        {**lower.dialects, **project.dialects},
        project.origin or lower.origin,
    )


def _user_file() -> Path:
    import platformdirs

    return platformdirs.user_config_path("testferry") / "config.toml"


def journal_folder() -> Path:
    """Where journals lie unless the user says otherwise."""
    import platformdirs

    return platformdirs.user_state_path("testferry")


def _nearest() -> Configuration:
    for folder in (Path.cwd(), *Path.cwd().parents):
        own = folder / _PROJECT_FILE
        if own.is_file():
            return _of_a_project(_read(own))
        project = folder / "pyproject.toml"
        if project.is_file():
            table = _toml(project).get("tool", {}).get("testferry")
            if table is not None:
                return _of_a_project(_configuration(table, str(project)))
    return Configuration()


def _of_a_project(found: Configuration) -> Configuration:
    """A file that lies in a checkout may be anybody's: it must not read a file as a token, choose
    whom TLS trusts, or write where it likes.
    """
    tables = (found.options, *found.targets.values())
    if odd := {key.replace("-", "_") for table in tables for key in table} & _ONLY_FOR_USERS:
        key = min(odd).replace("_", "-")
        raise UsageProblem(
            f"{found.origin}: {key!r} is not for a project's file",
            "use the option, the environment, or --config FILE",
        )
    return found


def _read(path: Path) -> Configuration:
    table = _toml(path)
    if path.name == "pyproject.toml":
        table = table.get("tool", {}).get("testferry", {})
    return _configuration(table, str(path))


def _toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise UsageProblem(f"the configuration {path} cannot be read: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UsageProblem(f"the configuration {path} is not valid TOML: {problem}") from None


def _configuration(table: Any, origin: str) -> Configuration:
    if not isinstance(table, Mapping):
        raise UsageProblem(f"{origin}: testferry's configuration must be a table")
    options = {}
    for key, value in table.items():
        if key in _TABLES:
            if not isinstance(value, Mapping) or not all(
                isinstance(one, Mapping) for one in value.values()
            ):
                raise UsageProblem(f"{origin}: [{key}.NAME] must be tables")
        elif (
            re.search("token|secret|password|api.?key", key, re.IGNORECASE) and key != "token-file"
        ):
            raise UsageProblem(
                f"{origin}: {key!r} must not be in a file that others read",
                "use the environment or token-file",
            )
        else:
            options[key.replace("-", "_")] = value
    return Configuration(options, table.get("targets", {}), table.get("dialects", {}), origin)


def checked_url(url: str, name: str) -> str:
    """An address that results and a token may be sent to. Raises UsageProblem."""
    try:
        split = urlsplit(url if "//" in url else f"https://{url}")
        port_is_number = split.port is None or split.port >= 0
    except ValueError:
        raise UsageProblem(f"{url!r} is no address", f"use --url https://… for {name}") from None
    if (
        split.scheme not in ("http", "https")
        or not split.hostname
        or not port_is_number
        or re.search(r"[\x00-\x20\x7f]", url)
    ):
        raise UsageProblem(f"{url!r} is no address", f"use --url https://… for {name}")
    if split.username or split.password:
        raise UsageProblem(
            "the address must not hold credentials", "use the environment or --token-file"
        )
    if split.scheme == "http" and split.hostname not in LOOPBACK:
        raise UsageProblem(
            f"http:// would send the token in the clear to {split.hostname}",
            f"use https://{split.netloc}{split.path}",
        )
    return split.geturl().rstrip("/")


def token(token_file: str | None, variables: tuple[str, ...], service: str) -> Secret:
    """The secret from ``--token-file``, the environment or the keyring. Raises UsageProblem where
    there is none.
    """
    if token_file:
        return _from_file(token_file)
    for variable in variables:
        if value := os.environ.get(variable, "").strip():
            return _usable(value, f"${variable}")
    if value := _from_keyring(service):
        return _usable(value, "the keyring")
    raise UsageProblem(
        f"there is no token for {service}",
        f"set {variables[0]} in the environment, or use --token-file FILE",
    )


def _from_file(path: str) -> Secret:
    try:
        with open(path, encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise UsageProblem(
                    f"the token file {path} can be read by others (mode {mode:o})",
                    f"chmod 600 {path}",
                )
            value = file.read(10_000).strip()
    except OSError as problem:
        raise UsageProblem(f"the token file {path} cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise UsageProblem(f"the token file {path} is not text") from None
    if not value:
        raise UsageProblem(f"the token file {path} is empty")
    return _usable(value, f"the token file {path}")


def _usable(value: str, where: str) -> Secret:
    if not value.isascii() or not value.isprintable():
        raise UsageProblem(
            f"the token in {where} has characters that no header can carry",
            "was it copied in full?",
        )
    return Secret(value)


def _from_keyring(service: str) -> str:
    try:
        import keyring  # type: ignore[import-not-found]
    except ImportError:
        return ""
    try:
        return keyring.get_password("testferry", service) or ""
    except keyring.errors.KeyringError:  # a headless machine has none
        return ""


def credentials(dialect: Dialect, secret: Secret, user: str = "") -> dict[str, str]:
    """The headers that a dialect's authentication needs."""
    import base64

    value = secret.reveal()
    match dialect.auth:
        case "bearer":
            return {"Authorization": f"Bearer {value}"}
        case "basic" | "basic-key":
            pair = f"{user}:{value}" if dialect.auth == "basic" else f"{value}:"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        case "header":
            return {dialect.auth_header: value}
    return {}


_CI = (
    ("GITHUB_ACTIONS", "{GITHUB_WORKFLOW} #{GITHUB_RUN_NUMBER}", "GITHUB_REPOSITORY"),
    ("GITLAB_CI", "{CI_PROJECT_NAME} pipeline #{CI_PIPELINE_IID}", "CI_PROJECT_NAME"),
    ("JENKINS_URL", "{JOB_NAME} #{BUILD_NUMBER}", "JOB_NAME"),
    ("TF_BUILD", "{BUILD_DEFINITIONNAME} #{BUILD_BUILDNUMBER}", "BUILD_REPOSITORY_NAME"),
    ("BUILDKITE", "{BUILDKITE_PIPELINE_SLUG} #{BUILDKITE_BUILD_NUMBER}", "BUILDKITE_PIPELINE_SLUG"),
    ("CIRCLECI", "{CIRCLE_JOB} #{CIRCLE_BUILD_NUM}", "CIRCLE_PROJECT_REPONAME"),
)


def ci_names() -> tuple[str, str]:
    """A run's name and source as the CI system suggests them, else the folder's name: the same for
    the same command.
    """
    folder = Path.cwd().name or "tests"
    for marker, name, source in _CI:
        if os.environ.get(marker):
            known = {key: os.environ.get(key, "") for key in re.findall(r"\{(\w+)\}", name)}
            short = os.environ.get(source, "").rpartition("/")[2]
            return (
                name.format(**known) if all(known.values()) else short or folder
            ), short or folder
    return folder, folder


def in_ci() -> bool:
    """Whether this looks like a CI job: no animation there."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
