"""What must not be lost: one journal an upload, and the folder of them."""

from __future__ import annotations

from testferry.journal.header import Header, fingerprint
from testferry.journal.journal import Journal
from testferry.journal.locks import one_at_a_time
from testferry.journal.names import upload_of
from testferry.journal.salvage import salvage
from testferry.journal.seal import seal, user_key
from testferry.journal.store import Store
from testferry.journal.trouble import JournalExists, JournalGone

__all__ = [
    "Header",
    "Journal",
    "JournalExists",
    "JournalGone",
    "Store",
    "fingerprint",
    "one_at_a_time",
    "salvage",
    "seal",
    "upload_of",
    "user_key",
]
