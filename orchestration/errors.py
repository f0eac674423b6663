"""What can go wrong between a publisher and us, as types that say what to do next.

Two families, never mixed: a *transient* error may pass when asked again (the HTTP client already has);
a *permanent* one will not, and asking again is abuse. Every error says what, where, expected, got, next step.
"""

from __future__ import annotations

import errno


class KarakoramError(Exception):
    """Base of all errors that are meant for people to read."""


class ConfigurationError(KarakoramError):
    """A setting or a seed row that makes no sense. The command leaves with 64 before anything runs."""


class SourceError(KarakoramError):
    """A publisher's answer, or the lack of one, that cannot be used.

    Args:
        what: one sentence, in the reader's words ("the answer is an HTML page").
        where: publisher, dataset and URL without keys.
        expected: what a good answer would have had.
        got: what came instead; shortened to 300 characters.
        todo: what a person can do about it.
    """

    transient = False

    def __init__(self, what: str, *, where: str, expected: str = "", got: str = "", todo: str = "") -> None:
        self.what, self.where, self.expected, self.got, self.todo = what, where, expected, shorten(got), todo
        super().__init__(what)

    def __str__(self) -> str:
        labelled = (("expected", self.expected), ("got", self.got), ("next", self.todo))
        return "; ".join([f"{self.where}: {self.what}", *(f"{label}: {text}" for label, text in labelled if text)])


class TransientSourceError(SourceError):
    """Timeouts, resets, 429, 5xx, cut bodies: still failing after the bounded retries of the HTTP client."""

    transient = True


class PermanentSourceError(SourceError):
    """4xx, an error envelope inside a 200, a retired code: asking again gives the same answer."""


class ContractError(SourceError):
    """An answer that was received whole but is not what its dataset promises. It goes to quarantine."""


def shorten(text: str, limit: int = 300) -> str:
    """Printable, on one line, at most ``limit`` characters."""
    line = "".join(char if char.isprintable() else " " for char in str(text)).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


_ADVICE = (
    (
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
        ("no space left", "disk is full", "disk quota", "file too large"),
        "free disk space where KARAKORAM_HOME is, then refresh again",
    ),
    (
        (errno.EACCES, errno.EPERM, errno.EROFS),
        ("permission denied", "read-only file system", "readonly database", "unable to open database file"),
        "make KARAKORAM_HOME writable for this user, or set it to a folder that is",
    ),
    (
        (errno.EIO,),
        ("input/output error", "disk i/o error"),
        "free disk space where KARAKORAM_HOME is; if there is enough, check the disk",
    ),
    (
        (errno.ENOMEM,),
        ("out of memory", "cannot allocate memory", "could not allocate", "memoryerror"),
        "give this process more memory, then refresh again",
    ),
    ((errno.EMFILE, errno.ENFILE), ("too many open files",), "raise the limit of open files (ulimit -n)"),
)


def advice(error: BaseException | str) -> str:
    """What a person can do about a fault of this machine (disk, rights, memory); empty for any other fault.

    Libraries wrap such faults in errors of their own, so the words of the message count where the number is lost.
    """
    number = getattr(error, "errno", None)
    said = f"{type(error).__name__}: {error}".lower()
    for numbers, words, todo in _ADVICE:
        if number in numbers or any(word in said for word in words):
            return todo
    return ""


def explained(error: BaseException | str) -> str:
    """The message of ``error`` on one line, with what to do about it where that is known."""
    said = shorten(str(error) or type(error).__name__)
    todo = advice(error)
    return f"{said}; next: {todo}" if todo and todo not in said else said
