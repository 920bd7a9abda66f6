"""What the configuration files must not say: keys that there are not, keys said twice, and what a
project's file has no say in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from testferry.errors import UsageProblem
from testferry.option import Option, key_of, options_of
from testferry.settings.files import File, Source, option_tables, plain
from testferry.settings.options import COMMON, every_option
from testferry.settings.shipped import EXTENDS, is_shipped
from testferry.suggest import nearest

_TYPE = "type"
_OF_NO_OPTION = frozenset({_TYPE, EXTENDS})  # keys of a target's table


def check_files(files: tuple[File, ...]) -> None:
    """Look at all that the files say of every target. Raises UsageProblem.

    A key that is unknown in a target's table is told when that target is used.
    """
    if not files:
        return
    known = every_option()
    general = known.keys() - _of_tables_alone()
    for file in files:
        for keys, table in option_tables(file):
            _check_once(file, keys, table)
        if file.source is Source.PROJECT:
            _check_project(file, known)
        for key in file.options:
            if plain(key) not in general:
                raise unknown_key(f"{file.place(key)}: unknown key {key!r}", key, general)


def check_keys(files: tuple[File, ...], target: str, known: set[str]) -> None:
    """Raises UsageProblem if a table of the target says something that is not known."""
    for file in files:
        for key in file.targets.get(target, {}):
            if plain(key) not in known | _OF_NO_OPTION:
                place = file.place("targets", target, key)
                words = f"{place}: [targets.{target}] has an unknown key {key!r}"
                raise unknown_key(words, key, known)


def check_asking(
    files: tuple[File, ...],
    target: str,
    options: Mapping[str, Option],
) -> None:
    """What is asked of a target that testferry ships or the user's own file describes, and what of
    its answers is believed, is not for a project's file to say: it would be asked with the user's
    token. The same holds for the tables that it stands on. Raises UsageProblem.
    """
    asking = {name for name, option in options.items() if option.asking} | _OF_NO_OPTION
    tables = [file for file in files if target in file.targets]
    for name in dict.fromkeys(file.called or target for file in tables):
        of_name = [file for file in tables if (file.called or target) == name]
        # A whole table is the project's own, unless the user's own target stands on its name.
        anew = name == target or not any(_is_ours(file) for file in tables if not file.called)
        _check_asking(of_name, target, name, asking, anew=anew)


def _is_ours(file: File) -> bool:
    return file.source in (Source.CONFIG, Source.USER)


def _check_asking(
    files: list[File],
    target: str,
    name: str,
    asking: set[str],
    *,
    anew: bool,
) -> None:
    """The same for all tables of one name. ``anew``: a project may describe what is shipped."""
    said = {plain(key) for file in files if _is_ours(file) for key in file.targets[target]}
    theirs = [file for file in files if file.source is Source.PROJECT]
    whole = anew and any(_TYPE in file.targets[target] for file in theirs)
    if not (said & _OF_NO_OPTION or (is_shipped(name) and not whole)):
        return
    for file in theirs:
        for key, value in file.targets[target].items():
            # What is said by the user, too, does not count.
            if plain(key) in asking - said and not (key == EXTENDS and value == name):
                raise UsageProblem(
                    f"{file.place('targets', target, key)}: {key!r} of {name} is not for a "
                    "project's file to say",
                    f"let it describe one of its own, [targets.my-{name}] with {EXTENDS} = "
                    f'"{name}", or, if you trust it, use --config {file.path}',
                )


def unknown_key(words: str, key: str, known: Iterable[str]) -> UsageProblem:
    """The refusal of a key; the cure begins with the nearest, because there are many."""
    names = sorted(key_of(name) for name in known)
    listed = f"known are {', '.join(names)}; secrets are in the environment or in --token-file"
    guess = nearest(key_of(plain(key)), names)
    return UsageProblem(words, f"{guess} {listed}".strip())


def _check_once(file: File, keys: tuple[str, ...], table: Iterable[str]) -> None:
    """With a dash or with an underscore it is one key: said twice, only one would count."""
    seen: dict[str, str] = {}
    for key in table:
        other = seen.setdefault(plain(key), key)
        if other != key:
            raise UsageProblem(
                f"{file.place(*keys, key)}: {key} is said already, as {other}: "
                f"{file.place(*keys, other)}",
                "take one of them out",
            )


def _check_project(file: File, allowed: dict[str, bool]) -> None:
    """A project's file must not read a file as a token, choose whom TLS trusts, or write where it
    likes: it may set what is allowed.

    ``allowed`` has every option that a file may set, and whether a project's may.
    """
    for keys, table in option_tables(file):
        for key in table:
            if not allowed.get(plain(key), True):
                raise UsageProblem(
                    f"{file.place(*keys, key)}: {key.replace('_', '-')!r} is not for a project's "
                    "file",
                    "use the option, the environment or your own file; if you trust this one, "
                    f"--config {file.path}",
                )


def _of_tables_alone() -> set[str]:
    """Options that stand in a target's table and nowhere else."""
    from testferry.services import services

    found: set[str] = set()
    for record in (*COMMON, *(service.options for service in services())):
        for name, option in options_of(record).items():
            if not option.on_line:
                found.add(name)
    return found
