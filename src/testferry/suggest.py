"""What may be said instead of a word that is not known, as a person would put it."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """The question whether another word was meant; empty if none is near."""
    from difflib import get_close_matches

    spelled = {each.lower(): each for each in known}
    found = get_close_matches(word.lower(), spelled, n=1, cutoff=0.6)
    return f"did you mean {spelled[found[0]]}?" if found else ""


def cure(words: str, word: str, known: Iterable[str]) -> str:
    """What may be said, and the question whether another word was meant."""
    guess = nearest(word, known)
    if not guess:
        return words
    return f"{words}; {guess}"


def choices(words: Iterable[str]) -> str:
    """The words that may be used, as a person would list them."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
