"""Fields that an administrator adds to results and to cases: how they are made, and what is refused
of their values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from testferry.services.testrail.emulator.state import Body, Entity, Refused

STRING = 1
DROPDOWN = 6
MULTI_SELECT = 12
_LONGEST_STRING = 250


def make_field(
    name: str,
    kind: int = STRING,
    *,
    required: bool = False,
    items: str = "",
    templates: Iterable[int] = (),
) -> Entity:
    """Make a field as the lists show it; ``items`` of a dropdown are lines, ``1, Chrome``."""
    named = list(templates)
    options = {"is_required": required, "default_value": "", "items": items}
    return {
        "id": len(name),
        "system_name": f"custom_{name}",
        "name": name,
        "label": name.replace("_", " ").title(),
        "type_id": kind,
        "is_active": True,
        "include_all": not named,
        "template_ids": named,
        "configs": [
            {
                "context": {"is_global": True, "project_ids": None},
                "options": options,
                "id": "1",
            }
        ],
    }


def check_fields(fields: Iterable[Entity], said: Body) -> None:
    """Look at what an entry says of its fields. Raises Refused in the service's words."""
    for field in fields:
        name = field["system_name"]
        options: Mapping[str, object] = field["configs"][0]["options"]
        value = said.get(name)
        if value in (None, "", []):
            if options.get("is_required"):
                raise Refused(400, f"Field :{name} is a required field.")
            continue
        if field["type_id"] == STRING and len(str(value)) > _LONGEST_STRING:
            words = f"Field :{name} is too long ({_LONGEST_STRING} characters at most)."
            raise Refused(400, words)
        if field["type_id"] in (DROPDOWN, MULTI_SELECT) and not _is_of(options, value):
            raise Refused(400, f"Field :{name} uses an invalid value.")


def _is_of(options: Mapping[str, object], value: object) -> bool:
    known = {line.partition(",")[0].strip() for line in str(options["items"]).splitlines()}
    chosen = value if isinstance(value, list) else [value]
    return {str(each) for each in chosen} <= known
