"""The numbers that scripts know."""

from __future__ import annotations

from testferry import errors, exit_codes

# CONTRACT, "Exit codes"
FIXED = {1, 2, 3, 4, 5, 6, 70, 74, 75, 127, 130, 143}


def test_each_has_its_number_once() -> None:
    codes = [value for name, value in vars(exit_codes).items() if type(value) is int]
    assert sorted(codes) == sorted(FIXED)
    assert set(exit_codes.WORST_FIRST) == FIXED - {exit_codes.NO_COMMAND}
    assert exit_codes.FORGIVEN == (6, 75)


def test_every_expected_failure_has_one_of_them() -> None:
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.TestferryError):
            assert kind.exit_code in FIXED
