"""Take each safeguard out, one at a time, and see the suite go red: `python tests/mutations.py`.
Prints a table; exit 1 where one survives.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 240  # seconds: what takes longer hangs
MOST_MEMORY = 4 * 1024**3  # bytes: what takes more grows without end


@dataclass(frozen=True)
class Mutation:
    """One safeguard, the code that is it, what stands there without it, and the tests that must
    notice.
    """

    safeguard: str
    file: str
    old: str
    new: str
    tests: str


MUTATIONS = [
    Mutation("mark on disk before the request leaves", "engine/exchange.py", "        self.effects.leave(submission, lane)\n        self.teller.requests.retried += submission.attempts > 0\n", "        self.teller.requests.retried += submission.attempts > 0\n", "test_engine_exchange.py"),
    Mutation("a process that finds SENDING looks first", "submission.py", "Happening.FOUND): State.IN_DOUBT", "Happening.FOUND): State.PENDING", "test_engine_loop.py test_submission.py"),
    Mutation("look before sending again", "engine/judge.py", "    if decision.ambiguous:\n", "    if False:\n", "test_engine_loop.py"),
    Mutation("a lost answer is doubt", "engine/judge.py", "    if answer.sent:\n", "    if False:\n", "test_engine_loop.py"),
    Mutation("the settling time", "engine/doubt.py", "(settled or not self.working)", "True", "test_engine_loop.py"),
    Mutation("two looks also after a 500", "engine/doubt.py", "self.looks >= ENOUGH_LOOKS and ", "", "test_engine_loop.py"),
    Mutation("doubt of its own for every send", "engine/effects.py", "            submission.working = True\n", "            pass\n", "test_engine_loop.py"),
    Mutation("one batch at a time in a lane", "engine/lanes.py", "            self._busy.add(batch.lane)", "            pass", "test_engine_lanes.py test_engine_loop.py"),
    Mutation("a lane in doubt takes nothing", "engine/queues.py", "        self.doubts[submission.id] = doubt\n        self.lanes.occupy(submission)\n", "        self.doubts[submission.id] = doubt\n", "test_engine_queues.py test_engine_loop.py"),
    Mutation("the gate that a 429 closes", "pace/pacer.py", "        self._gate = max(self._gate, until)", "        pass", "test_engine_loop.py test_pace_pacer.py"),
    Mutation("requests in flight count", "pace/pacer.py", "            free = limit - self._in_flight", "            free = limit", "test_pace_pacer.py"),
    Mutation("stamps at completion", "pace/pacer.py", "        insort(self._stamps, now)", "        insort(self._stamps, self._left_at)", "test_pace_pacer.py"),
    Mutation("completed only when nothing is missing", "engine/queues.py", "        if not self._missing():\n            for", "        if True:\n            for", "test_engine_loop.py"),
    Mutation("three in a row end the upload", "engine/scheduler.py", "self._put_aside_in_a_row >= IN_A_ROW", "False", "test_engine_scheduler.py test_engine_loop.py"),
    Mutation("the early end when all are refused alike", "engine/refusals.py", "        return not others_left or probed > 1", "        return False", "test_engine_loop.py"),
    Mutation("one writer", "kernel.py", "        _FCNTL.flock(handle, _FCNTL.LOCK_EX | _FCNTL.LOCK_NB)", "        pass", "test_kernel.py test_journal_locks.py"),
    Mutation("fsync at every mark", "journal/file.py", "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL", "test_journal_file.py"),
    Mutation("no journal is half a plan", "journal/names.py", 'return path.with_name(f"{path.name}.plan")', "return path", "test_journal_plan.py"),
    Mutation("the journal is ours alone", "kernel.py", "ONLY_US = 0o600", "ONLY_US = 0o644", "test_journal_store.py test_kernel.py"),
    Mutation("whether the request was on the wire", "engine/worker.py", '        elif event == "http11.send_request_body.complete":', "        elif True:", "test_engine_client.py"),
    Mutation("what comes behind an answer is no answer", "engine/worker.py", "isinstance(answer, Lost) or self._has_more:", "isinstance(answer, Lost):", "test_engine_client.py"),
    Mutation("a handshake that failed is no request", "engine/worker.py", "sent=sent and not found.unread", "sent=sent", "test_engine_client.py"),
    Mutation("the total deadline", "engine/client.py", "CONNECT_TIMEOUT + self.connection.timeout", "CONNECT_TIMEOUT + 30 * self.connection.timeout", "test_engine_client.py"),
    Mutation("answers are read with a cap", "engine/worker.py", "    if len(body) > LARGEST_ANSWER:", "    if False:", "test_engine_client.py"),
    Mutation("redirects are not followed", "engine/client.py", "follow_redirects=False", "follow_redirects=True", "test_engine_client.py"),
    Mutation("no token over http://", "settings/address.py", 'if split.scheme == "http" and split.hostname not in LOOPBACK:', "if False:", "test_commands_upload.py test_settings_address.py"),
    Mutation("the token goes to no other address", "uploads.py", "    if address.allowed(url, service, header.target, destination.origin) != header.url:", "    if False:", "test_commands_resume.py"),
    Mutation("only sealed journals name an address", "uploads.py", "    if not url and not _sealed(header):", "    if False:", "test_commands_resume.py"),
    Mutation("the service's words without the token", "engine/judge.py", "    words = hide(decision.message)", "    words = decision.message", "test_engine_judge.py"),
    Mutation("names are text", "text.py", "    text = _UNSAFE.sub(_escape, text)\n", "", "test_text.py test_screen_lines.py"),
    Mutation("CI commands are broken", "text.py", '    text = _COMMAND_AT_START.sub(r"\\1\\\\:", text)\n', "", "test_text.py"),
    Mutation("entities are refused", "reports/xmldocument.py", "        parser.EntityDeclHandler = self._entity\n", "", "test_reports_xmlstream.py"),
    Mutation("texts are capped", "reports/xmldocument.py", "        if self._size > 4 * LONGEST_TEXT:", "        if False:", "test_reports_xmlstream.py"),
    Mutation("failures that only attributes claim", "reports/junit.py", "        elif suite.claimed > suite.shown and not suite.opened:", "        elif False:", "test_reports_junit.py"),
    Mutation("marks are counted beside the journal", "journal/file.py", "if len(counted) == _MARKS.size and", "if False and", "test_damage.py"),
    Mutation("rows carry sums", "journal/rows.py", "    if total != sum_of(*values):", "    if False:", "test_damage.py"),
    Mutation("the machine shares one rate", "pace/shared.py", "        if at > now:\n", "        if False:\n", "test_pace_shared.py"),
    Mutation("a slot in flight counts until the longest request has ended", "pace/shared.py", "now - longest - LONGEST_REQUEST", "now - longest", "test_pace_shared.py"),
    Mutation("a dead process's slot counts one window", "pace/shared.py", "            if not self.alive(process):", "            if False:", "test_pace_shared.py"),
    Mutation("a budget that others hold is not removed", "pace/shared.py", '        if "locked" in words or "busy" in words:', "        if False:", "test_pace_shared.py"),
    Mutation("stamps from before a reboot are dropped", "pace/shared.py", "            if ahead or (row is not None and self.boot.is_later_than(*row)):", "            if False:", "test_pace_shared.py"),
    Mutation("the plan is on the disk before it has its name", "journal/plan.py", "        kernel.sync(plan)\n", "", "test_journal_plan.py"),
    Mutation("the journal's name is on the disk", "journal/plan.py", "        kernel.sync(path.parent)\n", "", "test_journal_plan.py"),
    Mutation("so are the folders that were made", "kernel.py", "        sync(folder.parent)", "        pass", "test_journal_plan.py"),
    Mutation("a journal is never begun over another", "journal/plan.py", "    if path.exists():\n        raise JournalExists", "    if False:\n        raise JournalExists", "test_journal_plan.py"),
    Mutation("a journal is never replaced", "journal/plan.py", "        path.hardlink_to(plan)\n", "        plan.replace(path)\n        return\n", "test_journal_plan.py"),
    Mutation("nor without links", "journal/plan.py", "        if path.exists():\n", "        if False:\n", "test_journal_plan.py"),
    Mutation("a -wal that was left is cleared", "journal/plan.py", "            left.unlink(missing_ok=True)\n\n\ndef _name", "            pass\n\n\ndef _name", "test_journal_plan.py"),
    Mutation("one name that vanishes hides nothing", "journal/store.py", "contextlib.suppress(FileNotFoundError):  # it was", "contextlib.nullcontext():  # it was", "test_journal_store.py"),
    Mutation("marks and rows of one moment", "journal/file.py", "        row = self.db.execute(_MARKED).fetchone()", '        row = self.db.execute("SELECT commits, submissions FROM mark").fetchone()\n        row = (*row, self.db.execute("SELECT count(*) FROM submission NOT INDEXED").fetchone()[0])', "test_journal_file.py"),
    Mutation("held results go with the plan that is made of them", "journal/journal.py", '            db.execute("DELETE FROM result")\n', "", "test_journal_journal.py"),
    Mutation("held results are counted", "journal/file.py", "            if held != there:", "            if False:", "test_journal_journal.py"),
    Mutation("held results are something left to do", "journal/journal.py", "            return batches > 0 or ", "            return ", "test_journal_journal.py"),
    Mutation("held results are pending", "journal/journal.py", '            pending=places.get("pending", 0) + held,', '            pending=places.get("pending", 0),', "test_journal_journal.py"),
    Mutation("what else changed is stored", "journal/journal.py", "                update(db, other, other.state)", "                pass", "test_journal_journal.py"),
    Mutation("old sums are checked before they are made anew", "journal/rows.py", "    if total != sum_of(*values):", "    if not missing and total != sum_of(*values):", "test_journal_migrate.py"),
    Mutation("what waited for the match is held", "journal/migrate.py", "    _move(db, held)\n", "", "test_journal_migrate.py"),
    Mutation("what left may have been applied", "journal/migrate.py", "submission.applied = submission.state in (State.SENDING, State.IN_DOUBT)", "submission.applied = False", "test_journal_migrate.py"),
    Mutation("a finished journal lies there as one file", "journal/file.py", '                self.db.execute("PRAGMA journal_mode = DELETE")\n            self.db', "                pass\n            self.db", "test_journal_store.py test_journal_journal.py"),
    Mutation("one that goes on is not finished any more", "journal/file.py", '                    db.execute(f"PRAGMA user_version = {VERSION}")', "                    pass", "test_journal_store.py"),
    Mutation("what was rejected is not pruned", "journal/store.py", "counts.rejected or ", "", "test_journal_store.py"),
    Mutation("others' slots are waited for while the file is theirs", "pace/shared.py", "        if self.path is not None:\n            return BUSY\n", "", "test_pace_shared.py"),
    Mutation("an emptied budget costs a window", "pace/shared.py", "        self._broken = True", "        self._broken = False", "test_pace_shared.py"),
    Mutation("a 429 pauses every process", "pace/shared.py", "        at = self._gate(db, now)", "        at = now", "test_pace_shared.py"),
    Mutation("attachments wait for their batch", "engine/queues.py", "if self._attachments and not self._batches_to_come():", "if self._attachments:", "test_testrail_upload.py"),
    Mutation("as many results as were sent", "services/testrail/fill.py", "if not isinstance(document, list) or len(document) != len(cases):", "if not isinstance(document, list):", "test_services_testrail_fill.py"),
    Mutation("one case travels in one item", "services/testrail/plan.py", "            case = made.cases.get(place)\n", "            case, place = None, (place, len(made.cases))\n", "test_services_testrail_plan.py"),
    Mutation("a new run is looked for", "services/testrail/settle.py", 'if signature in str(run.get("description")) and', "if False and", "test_testrail_upload.py"),
    Mutation("a run of another project is told", "services/testrail/ask.py", "    if project and read.is_id(theirs) and theirs != project:", "    if False:", "test_services_testrail_ask.py"),
    Mutation("an address of another instance is no id", "commands/way.py", "if theirs and theirs[1].lower() != ours:", "if False:", "test_commands_way.py"),
    Mutation("a template lacks a field", "services/testrail/fields.py", "if about is not None and about.templates and template not in about.templates:", "if False:", "test_services_testrail_fields.py"),
    Mutation("what a case has of references stays", "services/testrail/references.py", 'return ",".join([*known, *more])', 'return ",".join(more)', "test_services_testrail_references.py"),
    Mutation("examples of an outline are tests of their own", "services/testrail/item.py", "    if result.line is not None and not tried_again:", "    if False:", "test_services_testrail_item.py"),
    Mutation("a run is of one suite", "services/testrail/named.py", "return None in said or said[0] == said[1]", "return True", "test_services_testrail_suites.py"),
    Mutation("batches of other suites are in other runs", "services/testrail/arrived.py", "if other.name == batch.name and max(", "if max(", "test_services_testrail_suites.py test_services_testrail_arrived.py"),
    Mutation("an open entry of a plan is filled", "services/testrail/named.py", "            if is_ours and is_open:", "            if False:", "test_services_testrail_named.py"),
    Mutation("a closed entry is let be", "services/testrail/named.py", 'not run.get("is_completed") and ', "", "test_services_testrail_named.py"),
    Mutation("a required field is named before anything is sent", "services/testrail/make.py", "    if made.lacking:", "    if False:", "test_services_testrail_fields.py"),
    Mutation("a value is held against its field", "services/testrail/fields.py", "    if _fits(about, text):", "    if True:", "test_services_testrail_fields.py"),
    Mutation("a field that there is not is none", "services/testrail/fields.py", "elif name.startswith(_CUSTOM) or name in own:", "elif True:", "test_services_testrail_fields.py"),
    Mutation("the whole file system is no working directory", "services/testrail/__init__.py", "if os.path.dirname(here) == here:", "if False:", "test_services_testrail.py"),
    Mutation("files are looked at before anything is sent", "services/testrail/plan.py", 'if problem := wish.files.get((body["path"], body["base"])):', "if False:", "test_services_testrail_files.py"),
    Mutation("a new case is looked for", "services/testrail/settle.py", "        if in_section and all(", "        if False and all(", "test_testrail_upload.py"),
    Mutation("what was there before is not ours", "services/testrail/arrived.py", "return (isinstance(number, int) and number <= baseline) or str(number) in ours", "return False", "test_testrail_upload.py"),
    Mutation("a test that left the run is asked for its case", "services/testrail/arrived.py", "        for test in self._of_no_case(added):", "        for test in ():", "test_services_testrail_arrived.py"),
    Mutation("no list lags for ever", "services/testrail/arrived.py", "    return [batch for batch in batches if book.since_left(batch) < _NO_LIST_LAGS]", "    return list(batches)", "test_services_testrail_arrived.py"),
    Mutation("results may come back with their cases", "services/testrail/fill.py", "        if back and batch.applied:", "        if False:", "test_services_testrail_fill.py"),
    Mutation("what a killed upload sent last is waited for", "turn.py", "if before.name and before != journal.path:", "if False:", "test_turn.py"),
    Mutation("a late change of the run's cases is waited for", "services/testrail/target.py", "self._extend, settle.not_yet_again),", "self._extend, again),", "test_services_testrail_target.py"),
    Mutation("also behind the last look", "services/testrail/fill.py", "    if lost or _CHANGING in submission.remote:", "    if lost:", "test_services_testrail_fill.py"),
    Mutation("what is answered unclearly and never there is not sent for ever", "engine/scheduler.py", "NotThere() if enough(submission, finding, self._tries_before):", "NotThere() if False:", "test_engine_scheduler.py"),
    Mutation("an unclear answer is remembered by the next process", "services/http/target.py", "        if isinstance(verdict, InDoubt) and verdict.unclear:", "        if False:", "test_http_delivery.py"),
    Mutation("a pause that others met holds those without a limit", "engine/gate.py", "            return self._held_by_others(now)", "            return 0.0", "test_engine_gate.py"),
    Mutation("a refusal that names a test is looked at as well", "services/testmo/target.py", "    if not isinstance(verdict, Rejected) or verdict.too_large:\n        return False", "    if not isinstance(verdict, Rejected) or verdict.culprits or verdict.too_large:\n        return False", "test_promise.py"),
    Mutation("a run that was made is completed though its results are planned anew", "planning.py", "        ends = earlier.target\n", "        pass\n", "test_planning.py"),
    Mutation("what arrived and is left out now counts once", "planning.py", "    ingest.excluded -= min(ingest.excluded, left.total())\n", "", "test_planning.py"),
    Mutation("how a case is found makes no other upload", "services/testrail/target.py", '        **dict.fromkeys(("create_missing", "section", "case_fields", "match"), "places"),\n', "", "test_identity.py"),
    Mutation("a run is closed when that is said later", "takeup.py", "elif self._ends_otherwise(journal) and", "elif False and", "test_takeup.py"),
    Mutation("what had left before a refusal says nothing of it", "engine/refusals.py", "        if any(self._taken <= self._since[root] for root in self._words):\n            return False\n", "", "test_engine_refusals.py test_engine_scheduler.py"),
    Mutation("one result that is too large alone is refused like any other", "engine/refusals.py", "by_size = verdict.too_large and batch.count > 1", "by_size = verdict.too_large", "test_engine_refusals.py"),
    Mutation("what is wanted later is tried by each process anew", "engine/scheduler.py", "tries = batch.attempts - self._tries_before[batch.root or batch.id]", "tries = batch.attempts", "test_engine_scheduler.py"),
    Mutation("a redirect leaves nothing in doubt", "engine/judge.py", "doubtful=status in _MAY_BE_DONE", "doubtful=200 <= status < 400", "test_engine_judge.py"),
    Mutation("a wait of hours is known to the next process", "engine/gate.py", "elif isinstance(verdict, Refused) and verdict.wait:", "elif False:", "test_engine_loop.py -k hours"),
    Mutation("a wait of hours is not waited for", "engine/loop.py", "if wait > LONGEST_WAIT and", "if False and", "test_engine_loop.py -k hours"),
    Mutation("as many results as ours may be somebody else's", "services/testrail/arrived.py", "            elif counted is not None:\n", "            if counted is not None:\n", "test_services_testrail_arrived.py"),
    Mutation("unclear answers are known to the next process", "engine/doubt.py", "    return {**row.remote, _UNCLEAR: row.remote.get(_UNCLEAR, 0) + 1}\n", "    return row.remote\n", "test_engine_scheduler.py -k unclear"),
    Mutation("a page of others is no end of the list", "services/http/looking.py", "every(document, head + star),", "every(document, look.keys),", "test_services_http_looking.py"),
    Mutation("uploads into one run go one after the other", "services/testrail/__init__.py", '    if options.get("run_id"):', "    if False:", "test_services_testrail.py"),
    Mutation("uploads of two machines into one run go one after the other", "turn.py", "    while not fleet.claim(", "    while False and not fleet.claim(", "test_turn.py -k machine"),
    Mutation("the next machine waits for what we sent last", "turn.py", "fleet.release(word, max(0.0, _may_come(journal, queue.workplace.clock.wall(), settle)))", "fleet.release(word)", "test_turn.py -k machine"),
    Mutation("a fleet's turn is kept while slots are taken", "pace/fleet.py", "        self._keep_turns()\n", "", "test_pace_fleet.py -k turn"),
    Mutation("a dry run takes no journal from who is at work", "takeup.py", "write=not intent.dry_run)", "write=True)", "test_rehearsal.py"),
    Mutation("a dry run shows what is left alone", "rehearsal.py", "for row in journal.submissions() if not row.state.final]", "for row in journal.submissions()]", "test_rehearsal.py"),
    Mutation("no older attempt on top of a newer one", "uploads.py", "        if unasked:\n", "        if False:\n", "test_attempts.py"),
    Mutation("an empty word names no upload", "journal/store.py", "        if not wanted:\n", "        if False:\n", "test_commands_uploads.py"),
    Mutation("a look is no attachment", "journal/journal.py", "                if name != ATTACHMENT:", "                if False:", "test_engine_conclude.py"),
    Mutation("what came to its end meanwhile is no error", "uploads.py", "        except JournalGone:\n", "        except ZeroDivisionError:\n", "test_uploads.py test_commands_resume.py"),
    Mutation("the union of cases", "services/testrail/make.py", 'union |= dict.fromkeys([*(int(case) for case in tests), *body["case_ids"]])', 'union |= dict.fromkeys(body["case_ids"])', "test_testrail_upload.py"),
    Mutation("a last look at a shared run", "services/testrail/plan.py", "    if wish.shared and made.cases:", "    if False:", "test_testrail_upload.py"),
    Mutation("two probes are enough", "engine/refusals.py", "        if verdict.alike and self.speaks_of_all", "        if False and self.speaks_of_all", "test_testrail_upload.py"),
    Mutation("attachments stay in their folder", "attachments.py", "    if drive or rest.startswith((os.pardir, os.sep)):", "    if False:", "test_attachments.py"),
    Mutation("no link is followed to an attachment", "kernel.py", "os.O_RDONLY | NO_FOLLOW | NON_BLOCKING", "os.O_RDONLY | NON_BLOCKING", "test_attachments.py"),
    Mutation("a project's file is not trusted", "settings/check.py", "            if not allowed.get(plain(key), True):", "            if False:", "test_security.py"),
    Mutation("the user's file counts before the project's", "settings/files.py", "    return tuple(found)\n", "    return tuple(reversed(found))\n", "test_settings_read.py"),
    Mutation("an unknown key is refused", "settings/check.py", "            if plain(key) not in known | _OF_NO_OPTION:", "            if False:", "test_settings_check.py"),
    Mutation("no secret in a file", "settings/files.py", "            if _SECRET.search(key) and plain(key) not in _NO_SECRET:", "            if False:", "test_settings_files.py"),
    Mutation("nobody else may write a token file", "settings/secrets.py", "    if stat.S_ISREG(info.st_mode) and kernel.writable_by_others(info):", "    if False:", "test_security.py -k s02"),
    Mutation("a project's file changes no address that is known", "settings/address.py", "    if not same:", "    if False:", "test_security.py -k s22"),
    Mutation("a project moves no shipped target", "settings/address.py", "    if not address or host in LOOPBACK:", "    if True:", "test_threats.py -k moves_no_token"),
    Mutation("a project asks nothing of a known target", "settings/check.py", "    if not (said & _OF_NO_OPTION or (is_shipped(name) and not whole)):", "    if True:", "test_settings_check.py"),
    Mutation("nor of what a user's target stands on", "settings/check.py", "    for name in dict.fromkeys(file.called or target for file in tables):", "    for name in (target,):", "test_settings_check.py -k stands_on"),
    Mutation("nor describes that anew", "settings/check.py", "        anew = name == target or not any", "        anew = True or not any", "test_settings_check.py -k stands_on"),
    Mutation("nor moves it", "settings/address.py", "    if origin.file is not None and origin.file.called:", "    if False:", "test_threats.py -k moves_no_token"),
    Mutation("nothing is kept for an address of a checkout", "route.py", "bool(token.secret or hidden) or (spooled and _needs_token(destination, dialect))", "bool(token.secret)", "test_route.py"),
    Mutation("COMMAND gets no password of an address", "command.py", '            if each.form is Form.ADDRESS and "@" in os.environ.get(variable, ""):', "            if False:", "test_command.py -k inherit"),
    Mutation("init writes through no link", "commands/init.py", "    if led:", "    if False:", "test_commands_init.py -k link"),
    Mutation("a shell is offered plain words", "settings/complete.py", "if shlex.quote(name) == name", "if True", "test_commands_completion.py -k offered"),
    Mutation("a run is called by one word", "services/http/requests.py", '        if name == "id" and not is_word(value):', "        if False:", "test_services_http_requests.py"),
    Mutation("a run that is found, too", "services/http/opening.py", '    if not is_word(kept.get("id", "")):', "    if False:", "test_services_http_opening.py"),
    Mutation("nothing is called by the secret", "engine/verdict.py", "        case Accepted() if _repeats(verdict.remote, hide):", "        case Accepted() if False:", "test_engine_verdict.py"),
    Mutation("nor what is found", "engine/verdict.py", "        case There() if _repeats(finding.remote, hide):", "        case There() if False:", "test_engine_verdict.py"),
    Mutation("a proxy's password is a secret", "route.py", "*secrets.of_proxies(destination.connection.proxy)", "", "test_canary.py -k says_back"),
    Mutation("explain shows no token", "commands/explain.py", "message=hide(found.message)", "message=found.message", "test_canary.py -k whichever"),
    Mutation("who trusts nobody has the list", "engine/authorities.py", '    return context.cert_store_stats()["x509_ca"] > 0', "    return True", "test_engine_authorities.py"),
    Mutation("what the environment names counts", "engine/authorities.py", "    if any(map(os.environ.get, _SAID)):", "    if False:", "test_engine_authorities.py"),
    Mutation("migrate prints no password", "services/migration.py", "        if name == _PROXY and login and", "        if False and", "test_services_migration.py"),
    Mutation("an odd Redis is as good as none", "pace/fleet.py", "        except (RedisError, OSError, *ODD) as problem:", "        except (RedisError, OSError) as problem:", "test_pace_fleet.py -k otherwise"),
    Mutation("a table frames no request", "dialects/sent.py", "    if name.lower() in _FRAME:", "    if False:", "test_dialects_sent.py"),
    Mutation("a header can carry its text", "dialects/load.py", "fault_of_name(name) or fault_of_text(text)", "fault_of_name(name)", "test_dialects_sent.py"),
    Mutation("no link leads an output out of the folder", "settings/types.py", "        if _is_below(named, place) and not _is_below(real, here):", "        if False:", "test_threats.py -k follows_no_link"),
    Mutation("no encoded slash leads upwards", "services/http/bodies.py", 'r"(/|%2F|%5C)"', 'r"(/)"', "test_services_http_bodies.py"),
    Mutation("a value leads no address upwards", "services/http/bodies.py", "_UPWARDS.get(part, part)", "part", "test_services_http_bodies.py"),
    Mutation("a document's end that comes with the file's is one", "reports/xmldocument.py", "        except _EndOfDocument:\n            yield self._take()\n            return self._behind()\n        except expat.ExpatError as problem:\n            yield self._take()\n            nothing", "        except expat.ExpatError as problem:\n            yield self._take()\n            nothing", "test_reports_xmldocument.py"),
    Mutation("a checkout brings no modules", "__main__.py", "        del sys.path[0]", "        pass", "test_threats.py"),
    Mutation("a configuration holds up nobody", "settings/files.py", "    if len(text) > _LARGEST or _DEEP.search(text):", "    if False:", "test_settings_files.py"),
    Mutation("a pyproject that is not ours is not read", "settings/files.py", '"testferry" in text and ', "", "test_settings_files.py"),
    Mutation("a link above the named folder is not followed", "reports/folder.py", "os.path.realpath(path) in above", "False", "test_reports_folder.py"),
    Mutation("a list takes only so much memory: Testmo", "services/http_json.py", "        if size > LARGEST_LIST or not is_page", "        if not is_page", "test_services_http_json.py"),
    Mutation("a list takes only so much memory: TestRail", "services/testrail/read.py", "        if size > LARGEST_LIST:", "        if False:", "test_services_testrail_read.py"),
    Mutation("a list takes only so much memory: described", "services/http/looking.py", "        if size > LARGEST_LIST:", "        if False:", "test_services_http_looking.py"),
    Mutation("a list that goes on for ever ends", "services/testrail/read.py", "    if offset > MOST_ENTRIES:", "    if False:", "test_services_testrail_read.py"),
    Mutation("an id fits into an address", "services/http_json.py", " and len(text) <= _LONGEST_ID", "", "test_services_http_json.py"),
    Mutation("a project's file sends no variable", "settings/files.py", "and not wanted.startswith(HEADERS)", "and False", "test_canary.py -k dialect_that"),
    Mutation("no header's secret stands in a file", "dialects/load.py", "        if SECRET_NAME.search(name) and", "        if False and", "test_canary.py -k dialect_that"),
    Mutation("a second secret is masked, too", "settings/secrets.py", "            text = other.hide(text)", "            pass", "test_canary.py -k dialect_that"),
    Mutation("what a service says can be written", "engine/payload.py", "    if found[1]:", "    if False:", "test_engine_payload.py"),
    Mutation("a checkout's address gets no token", "settings/address.py", "    if in_ci():", "    if True:", "test_settings_known.py"),
    Mutation("a project redefines no shipped dialect", "settings/files.py", "            if file.source is Source.PROJECT and name in shipped.union(RESERVED):", "            if False:", "test_settings_files.py"),
    Mutation("a project is nobody's word for resume", "settings/files.py", "    if file.source is not Source.PROJECT:\n        return file\n", "    return file\n", "test_commands_resume.py"),
    Mutation("a look that shows only a part proves nothing", "services/http/looking.py", "    if missing:", "    if False:", "test_services_http_looking.py"),
    Mutation("what an answer does not explain is searched", "services/http/answers.py", "        return verdict if isinstance(verdict, InDoubt) else None", "        return None", "test_services_http_suspicion.py"),
    Mutation("a service that says the token back is heard without it", "engine/exchange.py", "        verdict = hidden(verdict, self.hide)\n", "", "test_http_secrets.py"),
    Mutation("two results of one name go into two requests", "services/http/requests.py", "        if len(set(names)) < count:", "        if False:", "test_services_http_requests.py"),
    Mutation("a result of which nothing is left is told", "services/http/requests.py", "    if empty:", "    if False:", "test_services_http_requests.py"),
    Mutation("no secret in a table", "services/http/table.py", "    if SECRET_NAME.search(name):", "    if False:", "test_http_bad_input.py"),
    Mutation("a line break within a result makes no second line", "services/http/bodies.py", '" ".join(str(json.loads(wire)).splitlines())', "str(json.loads(wire))", "test_services_http_bodies.py"),
    Mutation("an opening that does not say what it made is in doubt", "services/http/requests.py", "            return unclear(reply", "            continue\n            return unclear(reply", "test_services_http_requests.py"),
    Mutation("no secret in an address", "settings/address.py", "        if _SECRET_NAME.search(name) or _SECRET_VALUE.fullmatch(value):", "        if False:", "test_settings_address.py"),
    Mutation("tests do not inherit the token", "command.py", "            env=_environment(),\n", "", "test_command.py"),
    Mutation("no hidden file is attached", "attachments.py", '        if any(part.startswith(".") for part in inner.split(os.sep)):', "        if False:", "test_attachments.py"),
    Mutation("no cell is folded in a log", "screen/lines.py", "        console.width = max(usual, needed)", "        console.width = usual", "test_screen_lines.py"),
    Mutation("what is shown of settings holds no password", "commands/config.py", '    if isinstance(value, str) and (setting.option.form is Form.ADDRESS or "://" in value):', "    if False:", "test_commands_config.py"),
    Mutation("monotonic time", "clock.py", "return time.monotonic()", "return time.time()", "test_damage.py"),
    Mutation("red summaries are believed", "reports/read.py", "        if summary.extras.claimed > summary.red:", "        if False:", "test_reports_red.py"),
    Mutation("a failure beside a skip is what the suite counts", "reports/claims.py", "        elif red and not self.hinted:", "        elif False:", "test_reports_claims.py"),
    Mutation("a word that no table knows is not green", "reports/testcase.py", "        if word and status_of(word) is None:", "        if False:", "test_reports_claims.py test_reports_words.py"),
    Mutation("what is open in a cut file is not green", "reports/junit.py", "        yield from reader.give_up()\n        raise", "        raise", "test_reports_claims.py"),
    Mutation("equal files are read once", "reports/settle.py", "        if first is not source and not", "        if False and not", "test_reports_settle.py"),
    Mutation("a cut zip is read up to there", "reports/archive.py", "            if begun:\n                raise", "            if True:\n                raise", "test_reports_cutzip.py"),
    Mutation("a report of another format is told", "reports/between.py", "        if name and name != self.first", "        if False and name != self.first", "test_reports_between.py"),
    Mutation("a red sub-test is red", "reports/tapline.py", "    if result.status is Status.PASSED and not todo", "    if False and not todo", "test_reports_tapline.py test_reports_tap.py"),
    Mutation("the last entry counts only of a retry", "model.py", '(policy == "auto" and retried)', '(policy == "auto")', "test_model.py"),
    Mutation("no duration is clamped", "model.py", "            if 0.0 <= elapsed <= LONGEST_DURATION:", "            if True:", "test_model.py"),
    Mutation("a run of Failsafe that broke off is red", "reports/detect.py", '    if root == "failsafe-summary" and', "    if False and", "test_reports_failsafe.py"),
    Mutation("words of hostile elements are not kept without end", "reports/said.py", "            if len(self.known) < _MOST and sum(map(len, said)) < _LONGEST:", "            if True:", "test_reports_said.py"),
    Mutation("a failing directive of the kernel is no expected failure", "reports/tapline.py", "    elif status is Status.FAILED and (why", "    elif True and (why", "test_reports_tap.py"),
    Mutation("another report among lines of noise is told", "reports/between.py", '            self._formats.see(report_in("\\n".join(self._held)), self._number)\n', "", "test_reports_joined.py"),
    Mutation("a failure of an earlier document of Jest stands", "reports/jest.py", "            successful = successful and value", "            successful = value", "test_reports_joined.py"),
    Mutation("a document behind a text is read", "reports/jsonstream.py", "            return begin > 0 and report_in", "            return False and report_in", "test_reports_joined.py"),
    Mutation("giant strings of JSON with quotes in them are found", "reports/jsonstream.py", "    blocks = range(0, len(text), LONGEST_STRING)", "    return False\n    blocks = range(0, len(text), LONGEST_STRING)", "test_reports_jsonstream.py"),
    Mutation("giant attributes are cut", "reports/narrow.py", "        if self._size < LONGEST:", "        if True:", "test_reports_narrow.py"),
    Mutation("more members than are read are told", "reports/archive.py", "        if self._members > MOST_MEMBERS:", "        if False:", "test_reports_archive.py"),
    Mutation("reading ends with its time", "ingest.py", "self.clock.now() > self.until", "False", "test_ingest.py"),
    Mutation("a cache is asked about", "services/testrail/read.py", "    if len(tail) != 1 or not last:", "    if False:", "test_testrail_upload.py"),
    Mutation("no key is said twice", "settings/check.py", "        if other != key:", "        if False:", "test_settings_check.py"),
    Mutation("what is unheard is checked too", "settings/read.py", "            self._check_unheard(record)\n", "", "test_settings_read.py"),
    Mutation("no address is unheard", "settings/address.py", "        if origin.file is not None and isinstance(said, str) and said:", "        if False:", "test_settings_address.py"),
    Mutation("no id is larger than services keep", "settings/types.py", "    if number > _LARGEST:", "    if False:", "test_settings_types.py"),
    Mutation("a project lies below what the user names", "settings/files.py", "    if project is not None and not (explicit and project.samefile(explicit)):", "    if project is not None and not explicit:", "test_settings_files.py"),
    Mutation("config show ends as the others do", "commands/config.py", "        raise problem\n", "        pass\n", "test_commands_alike.py"),
    # --- what a strict review took out and nobody noticed
    Mutation("the pace of the process before", "engine/loop.py", "                pacer.count(now, now - max(0.0, wall - row.left_at))", "                pass", "test_engine_loop.py"),
    Mutation("a lane that proves nothing stays so for the next process", "engine/lanes.py", "        if lane.retired:\n", "        if False:\n", "test_engine_lanes.py test_engine_loop.py"),
    Mutation("a lane that proves nothing takes nothing", "engine/lanes.py", "        self._retired.add(lane)\n", "        pass\n", "test_engine_lanes.py test_engine_loop.py"),
    Mutation("a page that was told to wait is not asked at once", "engine/exchange.py", "        due = now + verdict.wait\n", "        due = now\n", "test_engine_exchange.py"),
    Mutation("a 429 is told to the other processes", "engine/gate.py", "        self.budget.pause(until)\n", "", "test_engine_gate.py"),
    Mutation("what a look found keeps its lane", "engine/effects.py", "        there.state = State.SENT\n        there.lane = batch.lane\n        rest =", "        there.state = State.SENT\n        rest =", "test_engine_effects.py test_engine_loop.py"),
    Mutation("keys are of one upload", "services/http/values.py", 'f"{marker} {submission.id}"', 'f"{submission.id}"', "test_services_http_values.py test_services_http_target.py test_http_delivery.py"),
    Mutation("a look by counters waits for what is out", "engine/scheduler.py", "self.policy.alone and submission.kind", "False and submission.kind", "test_engine_scheduler.py"),
    Mutation("dates are whole seconds", "engine/book.py", "DATES_ARE_WHOLE = 3.0", "DATES_ARE_WHOLE = 0.0", "test_engine_book.py test_testrail_upload.py"),
    Mutation("the list is read again behind the change", "services/testrail/make.py", "    for _ in range(TRIES):\n        try:\n            tests =", "    for _ in range(1):\n        try:\n            tests =", "test_services_testrail_make.py test_testrail_upload.py"),
    Mutation("one after the other where something is made", "turn.py", "            held.enter_context(_here(queue, journal, word, speed.settle))\n", "", "test_turn.py"),
    Mutation("what is carried on keeps its options", "engine/step.py", "options, now = {**before}, self.describe()", "options, now = self.describe(), self.describe()", "test_beginning.py test_uploads.py test_http_delivery.py"),
    Mutation("a number of an answer is one that can be counted with", "services/http/codes.py", "return value if abs(value) < _LARGEST else None", "return value", "test_http_odd_answers.py"),
    Mutation("what names a culprit is a number", "services/http/culprits.py", "keys.get(name, whole_number(name))", "int(name)", "test_http_odd_answers.py test_services_http_culprits.py"),
    Mutation("no printed key makes a refusal a success", "services/http/hint.py", 'key = "failed" if codes.is_something(name, at(document, pointer)) else "status"', 'key = "failed"', "test_services_http_hint.py"),
    Mutation("a yes that is false is not explained by `failed`", "services/http/answers.py", "        if says_no and is_yes", "        if False and is_yes", "test_services_http_hint.py"),
    Mutation("a number is no name of a result", "services/http/requests.py", "for name, found in alone.items() if whole_number(name) is None}", "for name, found in alone.items()}", "test_services_http_requests.py"),
    Mutation("one name of two results is nobody's", "services/http/requests.py", "if len(found) == 1}", "}", "test_services_http_requests.py"),
    Mutation("an address to log in at is no success", "services/http/claims.py", "        if self.count and sayings.leads_to_login(text):\n            return True\n", "", "test_services_http_search.py"),
    Mutation("no hint takes a row that is counted from one for the next", "services/http/hint.py", "max(places) < count and from_zero", "max(places) < count", "test_services_http_hint.py"),
    Mutation("what a success names as refused is not accepted", "services/http/answers.py", "        if named:\n            return self._but_for", "        if False:\n            return self._but_for", "test_services_http_culprits.py test_services_http_answers.py"),
    Mutation("culprits that nobody knows are doubt", "services/http/answers.py", "        if self.culprits.are_told(document):", "        if False:", "test_services_http_culprits.py"),
    Mutation("a list of runs that may be cut proves nothing", "services/http/opening.py", "    if search.paged or search.next or (search.asks and not entries):", "    if True:", "test_services_http_opening.py"),
    Mutation("two runs that carry our mark are doubt", "services/http/opening.py", "    if len(ours) > 1:", "    if False:", "test_services_http_opening.py"),
    Mutation("an echo is one only if it is one everywhere", "services/http/columns.py", "        if len(texts) == len(sent) and all(", "        if any(", "test_services_http_suspicion.py"),
    Mutation("an entry that is unlike the others is a refusal", "services/http/search.py", "        if len(entries) == self.count > 1:\n            yield from self._of_unlike", "        if False:\n            yield from self._of_unlike", "test_services_http_search.py"),
    Mutation("a text that stands alone says that something was taken", "services/http/suspicion.py", "    if answered or not search.count:\n", "    if True:\n", "test_services_http_search.py"),
    Mutation("what headers say is heard", "services/http/suspicion.py", "    if in_header is not None:\n", "    if False:\n", "test_services_http_suspicion.py test_services_http_search.py"),
    Mutation("XML is read as a document", "services/http/documents.py", "_events, _markup, _parts, _form", "_events, _parts, _form", "test_services_http_documents.py"),
    Mutation("entities of XML are refused", "services/http/documents.py", "        parser.EntityDeclHandler = self._refuse\n", "", "test_services_http_documents.py"),
    Mutation("a number in words is one", "services/http/claims.py", "        return sayings.in_words(value)", "        return None", "test_services_http_claims.py"),
    Mutation("an ending in an unknown word is in doubt", "services/http/claims.py", "            return holds and not sayings.is_good_state(value)", "            return False and not sayings.is_good_state(value)", "test_services_http_claims.py"),
    Mutation("what is counted within one result's entry are no results", "services/http/search.py", "        one = self.of_one() if of_each else self\n", "        one = self\n", "test_services_http_search.py"),
    Mutation("entries of one kind say the same", "services/http/columns.py", "    if value and value != -1 and wording.names_something(name):", "    if wording.names_something(name):", "test_services_http_columns.py"),
    Mutation("a list of words is read word by word", "services/http/suspicion.py", "    if is_bad or sayings.is_refusal(", "    if sayings.is_refusal(", "test_services_http_search.py"),
    Mutation("who names some of the results speaks of the others, too", "services/http/naming.py", "    return None if told else first\n", "    return None\n", "test_services_http_naming.py test_services_http_search.py"),
    Mutation("what a table explains of an entry is no suspicion", "services/http/answers.py", '            entry = put(entry, self.status, "ok")\n', "            pass\n", "test_services_http_answers.py"),
    Mutation("an entry that says more than all others is unlike them", "services/http/columns.py", "    return _without_any(tables) or _with_more(tables, echoes)\n", "    return _without_any(tables)\n", "test_services_http_search.py"),
    Mutation("a no that stands alone is one", "services/http/suspicion.py", "    if is_few or is_code or (value is False and not is_else):\n", "    if False:\n", "test_services_http_search.py"),
    Mutation("doctor is not lost in an answer that is nested too deep", "engine/conversation.py", "    except RecursionError:\n        raise TooDeep from None\n", "    except ZeroDivisionError:\n        raise TooDeep from None\n", "test_engine_inquiry.py test_engine_conversation.py"),
    Mutation("only plain digits are a number", "text.py", "text.isascii() and text.isdigit()", "text.isdigit()", "test_text.py test_services_http_answers.py"),
    Mutation("a number that no status is is nobody's success", "services/http/answers.py", "        if number in _TAKEN or word", "        if number in _TAKEN or status == 0 or word", "test_services_http_answers.py"),
    Mutation("an entry that says nothing of itself is in doubt", "services/http/answers.py", "        if not isinstance(status, str | int | float):\n            return None\n", "", "test_services_http_answers.py"),
    Mutation("what is packed and cut is no answer", "engine/payload.py", "    return whole if unpacker.eof or len(whole) == LARGEST_ANSWER else body", "    return whole", "test_engine_payload.py"),
    Mutation("a project's table is nobody's word for resume", "commands/resume.py", "        if file.source in (Source.CONFIG, Source.USER) and header", "        if header", "test_http_delivery.py"),
    # --- what the simulation found
    Mutation("a count proves nothing after another batch was acknowledged", "services/testrail/arrived.py", "if tested == before and not _acknowledged_since(batch, book):", "if tested == before:", "test_services_testrail_arrived.py"),
    Mutation("a list that lags proves nothing", "services/testrail/arrived.py", "        if not shown.issuperset(", "        if False and not shown.issuperset(", "test_services_testrail_arrived.py"),
    Mutation("a file's date is its own", "identity.py", "    return {(str(path), written) for", "    return {(str(path), 0.0) for", "test_identity.py"),
    Mutation("what carried it on is known", "identity.py", "    return [(header.attempt, header.sources), *later]", "    return [(header.attempt, header.sources)]", "test_identity.py"),
    Mutation("not for ever", "engine/scheduler.py", "        if once_more and submission.id not in self._sent_once_more:", "        if once_more:", "test_engine_scheduler.py"),
    Mutation("until somebody has answered one request is out", "engine/outage.py", "return self.found or not self.met", "return self.found", "test_engine_scheduler.py"),
    Mutation("what time will not mend is asked once more", "engine/outage.py", "self.certain = bool(cure and self.cure)", "self.certain = bool(cure)", "test_engine_outage.py test_engine_scheduler.py"),
    Mutation("those that were out together prove nothing", "engine/outage.py", "        if self.found and now < self.next_probe:\n            return  # one of those that were out together\n", "", "test_engine_outage.py"),
    Mutation("a turn comes to an end", "turn.py", "        if now >= self.ends:", "        if now >= self.ends * 2:", "test_turn.py"),
    Mutation("what may be there under its key is not settled", "submission.py", "return self.state in _OPEN or (self.applied and self.state is State.PENDING)", "return self.state in _OPEN", "test_remains.py test_promise.py"),
    Mutation("doubt is settled before anything is planned anew", "takeup.py", "            if unsettled(journal) and not self._settle(journal, told):\n                return True\n", "", "test_promise.py"),
    Mutation("only doubt is dealt with then", "engine/scheduler.py", "        elif self.policy.only_doubt and proven:\n            self.queues.put_aside(submission)\n", "", "test_engine_scheduler.py test_promise.py"),
    Mutation("what is refused is an open question to all lanes", "engine/refusals.py", "return bool(self._words or self._alike)", "return False", "test_engine_scheduler.py test_promise.py"),
    Mutation("a stream that goes away ends nothing", "screen/lines.py", "        with suppress(OSError):\n            return self._stream.write(text)\n        return len(text)", "        return self._stream.write(text)", "test_screen_lines.py"),
    Mutation("a service that is down leaves time to the others", "uploads.py", "patience=left / (waiting + 1))", "patience=None)", "test_uploads.py -k down_leaves"),
    Mutation("alike is alike for small batches", "engine/refusals.py", "        suspicious = len(self._alone) >= ALONE", "        suspicious = False", "test_engine_loop.py"),
    Mutation("a limit that lets others through", "engine/tries.py", "            self._made[row] = 1\n", "            pass\n", "test_engine_tries.py"),
    Mutation("no password in the next command", "commands/shared.py", 'USER:PASSWORD@{host}"', '{login}@{host}"', "test_commands_upload.py"),
    Mutation("the service's clock settles", "engine/queues.py", "            self._inherited.add(submission.id)", "            pass", "test_engine_queues.py"),
    Mutation("GitHub's properties are escaped", "runners/github.py", '.replace(":", "%3A").replace(",", "%2C")', "", "test_runners_github.py"),
    Mutation("GitHub's texts are escaped", "runners/github.py", 'return clean(text).replace("%", "%25")', 'return text.replace("%", "%25")', "test_runners_github.py"),
    Mutation("Azure's properties are escaped", "runners/azure.py", '.replace("]", "%5D").replace(";", "%3B")', "", "test_runners_azure.py"),
    Mutation("Azure's texts hold no command", "runners/azure.py", 'return clean(text).replace("%", "%AZP25")', 'return text.replace("%", "%AZP25")', "test_runners_azure.py"),
    Mutation("TeamCity's values are escaped", "runners/teamcity.py", "    if character in _ESCAPED:", "    if False:", "test_runners_teamcity.py"),
    Mutation("outputs are one line each", "runners/facts.py", "clean(str(value))", "str(value)", "test_runners_facts.py test_runners_gitlab.py"),
    Mutation("only a fork is spared without a token", "commands/upload.py", "        if no_secret and is_of_a_fork(settings.of(Surroundings).ci):", "        if no_secret:", "test_commands_finish.py"),
    Mutation("what ends a command is told in the margin", "commands/upload.py", "        refuse(problem, settings)\n        raise", "        raise", "test_commands_finish.py"),
    Mutation("somebody's last line stays a line", "commands/finish.py", "        if file.append and _ends_in_a_line(file.path):", "        if False:", "test_commands_finish.py"),
    Mutation("a fork is known by its repository, not by the form of its address", "settings/ci.py", "_repository(there) != _repository(here)", "there != here", "test_settings_ci.py"),
    Mutation("options that testferry refuses together are taken apart", "services/testrail/migrate.py", "    _mend(found, said)\n", "", "test_services_testrail_migrate.py"),
    Mutation("what a project's file may not say is in no table", "commands/migrate.py", "    _keep_to_the_line(found)\n", "", "test_commands_migrate.py"),
    Mutation("a summary in JSON holds no command", "commands/finish.py", "inert_json(json.dumps(document))", "json.dumps(document)", "test_printing_ci.py"),
    Mutation("a secret that nobody filled in is none", "settings/secrets.py", "    if value and not unfilled:", "    if value:", "test_settings_secrets.py test_commands_finish.py"),
    Mutation("--exit-zero hides no text", "commands/finish.py", "replace(flags, exit_zero=False)", "flags", "test_commands_upload.py"),
    Mutation("headers on the wire are shown without secrets", "engine/trace.py", "        shown = hide(value)", "        shown = value", "test_engine_trace.py"),
    Mutation("bodies on the wire are shown without secrets", "engine/trace.py", "text = hide(body[: SHOWN * 8]", "text = (body[: SHOWN * 8]", "test_engine_trace.py"),
    Mutation("what is excluded is not sent", "ingest.py", "if exclude and result.status in exclude:", "if False:", "test_commands_upload.py"),
    Mutation("a spooled upload asks nobody", "work.py", "        if self.task.intent.spool:\n            self.keep", "        if False:\n            self.keep", "test_commands_upload.py"),
    Mutation("a CI system's agent gets no secret", "command.py", "            env=_environment(),\n            check=False,\n            timeout=_PATIENCE,", "            check=False,\n            timeout=_PATIENCE,", "test_commands_finish.py"),
    Mutation("the next command works as it is typed", "commands/shared.py", "        place=_again(settings, Place, Files),", '        place="",', "test_commands_upload.py"),
    Mutation("what a narrower terminal folds is taken away", "screen/region.py", "        self._shape = (self._shape[0], rows)", "        del rows", "test_screen_region.py"),
    Mutation("xterm folds nothing", "screen/region.py", '"XTERM_VERSION" not in os.environ', "True", "test_screen_region.py"),
    Mutation("no estimate counts up", "screen/advance.py", "        self._ends = min(self._ends, ends)", "        self._ends = ends", "test_screen_advance.py"),
    Mutation("the bar never goes back", "screen/advance.py", "max(self.percent, self._share(event))", "self._share(event)", "test_screen_advance.py"),
    Mutation("a slow answer is no silence", "engine/loop.py", "        elif not idle:\n            self._teller.progress(at_once=True)\n", "", "test_engine_loop.py -k slow_answer"),
    Mutation("a key that may only be stored waits for two looks", "services/http/lost.py", "(not looks or bool(described.answer.already))", "True", "test_services_http_lost.py"),
    Mutation("a page that cannot be read is not asked for without end", "engine/exchange.py", "exhausted=tries >= backoff.attempts)", "exhausted=False)", "test_engine_exchange.py"),
    Mutation("one odd list of runs proves nothing", "services/testmo/keyed.py", "for wait in (after, _ONCE_MORE):", "for wait in (after,):", "test_services_testmo_keyed.py"),
    Mutation("no table moves an upload", "uploads.py", "destination.origin.source is Source.SHIPPED", "False", "test_commands_resume.py"),
    Mutation("the next command gets further", "outcome.py", "    if outcome.stop.needs:\n", "    if False:\n", "test_outcome.py"),
    Mutation("what another process is at is in nobody's doubt", "engine/conclude.py", "    if not under_way:\n", "    if True:\n", "test_engine_conclude.py"),
    Mutation("a look that was cut is no look", "services/http/looking.py", "again=document is None)", "again=False)", "test_services_http_looking.py"),
    Mutation("what is said of many is said once", "screen/named.py", "setdefault(_without_name(result), [])", "setdefault(result.name, [])", "test_screen_named.py"),
]  # fmt: skip


def red(mutation: Mutation, folder: Path) -> bool:
    """Whether the tests notice."""
    source = folder / "testferry"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "src" / "testferry", source)
    path = source / mutation.file
    text = path.read_text("utf-8")
    assert mutation.old in text, (
        f"the code of the safeguard {mutation.safeguard!r} is not there any more"
    )
    path.write_text(text.replace(mutation.old, mutation.new), "utf-8")
    tests = [
        str(ROOT / "tests" / name) if name.endswith(".py") else name
        for name in mutation.tests.split()
    ]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "0",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    try:
        done = subprocess.run(
            words,
            env=environment,
            cwd=ROOT,
            capture_output=True,
            check=False,
            timeout=LONGEST,
            preexec_fn=_limit_memory,
        )
    except subprocess.TimeoutExpired:
        return True  # it hangs: nobody overlooks that
    return done.returncode == 1


def _limit_memory() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def main() -> int:
    survived = 0
    wanted = sys.argv[1:]  # parts of their names; none: all of them
    with tempfile.TemporaryDirectory() as place:
        for mutation in MUTATIONS:
            if wanted and not any(word in mutation.safeguard for word in wanted):
                continue
            noticed = red(mutation, Path(place))
            survived += not noticed
            print(f"{'red' if noticed else 'SURVIVED':10}{mutation.safeguard}", flush=True)
    print(f"{survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
