"""What texts of an answer say: that it was taken, that it was not, or how much of it was.

A text that speaks of errors is a no. One that stands alone has to say that something was taken, in
whatever words: the ways of saying no cannot be listed. Pure and total.
"""

from __future__ import annotations

import re

from testferry.services.http.wording import is_of_errors, words_in

# Beginnings of words for what was taken, or will be.
_TAKING = (
    r"ok(?:ay)?\b|yes\b|true\b|succe(?:ss|ed)|accept|ack(?:nowledg|ed|\b)|creat(?:ed|ing|ion)|stor(?:ed|ing)"
    r"|sav(?:ed|ing)|import|insert|add(?:ed|ing)\b|writ(?:ten|ing)|receiv|process|ingest|index(?:ed|ing)"
    r"|(?:en)?queue|schedul|upload|updat|publish(?:ed|ing)|record(?:ed|ing)\b|logg(?:ed|ing)"
    r"|regist(?:er|r)|submi(?:t|ss)|complet|done\b|finish|thank|thx\b|pong\b|merg(?:ed|ing)|persist"
    r"|commit(?:ted|ting)|appl(?:ied|ying)|deliver|load(?:ed|ing)|appended|handled|consumed"
    r"|affected|unchanged|modified|replaced|upserted|duplicates?\b|collected|posted|pushed|parsed"
    r"|(?:will be|are|is) (?:visible|available)|got it|all good|fine\b|great\b|roger\b"
)
# The same in languages that services of companies speak.
_TAKING_ABROAD = (
    r"erfolg|gespeichert|angenommen|übernommen|succès|enregistr|éxito|exito|guardad|sucesso"
    r"|salv[oa]s?\b|успе|成功|完了|保存"
)
_TAKEN_TEXT = re.compile(
    rf"(?:\b|_)(?:{_TAKING})|{_TAKING_ABROAD}",
    re.IGNORECASE,
)
# A run, or a job, that is on its way.
_GOING_ON = re.compile(
    r"\b(?:new|open(?:ed)?|active|running|in.?progress|pending|start(?:ed|ing)|initial\w*|live"
    r"|enabled|green|valid|pass(?:ed)?|draft|up|alive|healthy|waiting|normal|info|good|complete)\b",
    re.IGNORECASE,
)
_BAD_STATE = re.compile(
    r"(?:error|err|fail\w*|reject(?:ed|ion)|refused|invalid|partial\w*|nok|not[ _-]?ok|denied"
    r"|dropped|forbidden|bad\w*|unprocessable\w*|conflict|ko|nack?|nak|skipped|ignored|aborted|unknown"
    r"|declined|crashed|killed|time[ds]?[ _-]?out|expired|cancell?ed|unauthori[sz]ed"
    r"|incomplete|critical|fatal|danger|severe|void"
    r"|unavailable|throttled|suspended|blocked|missing|lost|warning|overloaded|[45][0-9]{2})\b.*",
    re.IGNORECASE | re.DOTALL,
)
_GOOD_STATUS = re.compile(r"(?:HTTP/[0-9.]{1,3} )?[123][0-9]{2}\b")
_PROTOCOL = re.compile(
    r"(?:HTTP/[0-9.]{1,3} |[^\w]{1,3}|[0-9]{1,6}[^\w]{1,3}(?=[a-z]))", re.IGNORECASE
)
_BAD_WORDS = re.compile(
    r"\b(?:errors?|fail(?:ed|s|ure|ures)?|faults?|invalid|reject(?:ed|s)?|refused|denied|forbidden"
    r"|unauthori[sz]ed|unauthenticated|unavailable|unknown|could not|can(?:no|')t|unable|aborted"
    r"|not (?!yet\b|be (?:visible|available|shown)\b|immediately\b)|\w{2,8}n't|exceed(?:s|ed)?"
    r"|too (?:many|large|long)|insufficient|expired|dropped|discarded|ignored|skipped"
    r"|partial(?:ly)?|missing|conflict|exception|malformed|unprocessable|incomplete|truncated"
    r"|quarantined|nothing|none"
    r"|(?:quota|limit) reached|rolled back|rollback|maintenance|enable javascript"
    r"|(?:log ?in|sign ?[io]n)(?! (?:tests?|suite|results?)\b)"
    r"|nack|nok|HTTP/[0-9.]{1,3} [45][0-9]{2}"
    r"|with [0-9]+ warnings?|only [0-9]+|no longer|no such|bad (?:request|gateway|name)|wrong"
    r"|locked|disabled|declined"
    r"|restricted|overloaded|too busy|is busy|try again|timed? ?-?out|duplicate key"
    r"|violat(?:es|ed|ion)"
    r"|traceback|fatal|throttled|suspended|rate.limit(?:ed|ing)?|out of (?:space|credit|memory)"
    r"|(?:some|most|half|many|a few) (?:of )?(?:the |your )?(?:results|rows|records|items|tests)"
    r"|(?<!no action )(?:is|are|field) required|read.only)\b",
    re.IGNORECASE,
)
# The same in those languages.
_BAD_ABROAD = re.compile(
    r"\b(?:fehler|fehlgeschlagen|nicht|ungültig|abgelehnt|échec|échoué|introuvable|impossible|refusé"
    r"|rejeté|invalide|erreur|fall[oó]|falló|inválido|rechazad[oa]s?|no (?:se|encontrad[oa])|falha"
    r"|falhou|não|errore|fallit[oa]|non|błąd|ошибк\w*|не (?:удалось|найден\w*))\b"
    r"|失败|错误|失敗|エラー",
    re.IGNORECASE,
)
_BAD_TYPE = re.compile(
    r"\b(?:value_|type_)?error\b|(?:error|failure|fault|exception|denied|forbidden|rejected|problem|notfound|violation|conflict"
    r"|unauthori[sz]ed)$",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"(?:https?:/)?/\S{0,300}?(?<=/)(?:log-?in|sign-?in|sso|saml2?|oauth2?)(?:[/?#]\S*)?$",
    re.IGNORECASE,
)
_NO_ERRORS = re.compile(
    r"\b(?:(?:no|0|zero|without(?: any)?) (?:errors?|failures?|failed|problems?|rejected|conflicts?"
    r"|skipped|ignored|dropped|invalid|missing|exceptions?|nok)"
    r"|(?:errors?|warnings?|failures?|failed|rejected|skipped|ignored|dropped|invalid|missing|conflicts?|nok)"
    r"(?:\s{0,3}[:=]\s{0,3}(?:0|none|no|null|false|\[\])|\s0))(?![\w.])",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\W{0,3}(?:nok|ko|no|none|false|0|nil|undefined|nan)\W{0,3}",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"<(?:!doctype html|html|head|body|form|h1|div|center|title|script|table|meta|p|br)\b"
    r"|<\?php",
    re.IGNORECASE,
)
# An id, an address, or the number of what was made.
_NAMED = re.compile(
    r"(?=\S*[0-9])[\w.:/@#+=-]{1,200}|https?://\S+"
    r"|(?:run|id|job|batch|upload|launch|import|ref|cycle|report)\W{1,3}(?=\S*[0-9])[\w-]{1,80}",
    re.IGNORECASE,
)

# --- how many

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS = {word: at for at, word in enumerate(_SMALL)}
_NUMBERS |= {word: 10 * at for at, word in enumerate(_TENS, 2)}
_NUMBERS |= {"no": 0, "none": 0, "hundred": 100, "thousand": 1000}
_IN_WORDS = re.compile(
    rf"\b(?:({'|'.join(_TENS)})[ -])?({'|'.join(sorted(_NUMBERS, key=len, reverse=True))})\b",
    re.IGNORECASE,
)
_THING = (
    r"(?:new |test |of (?:the |your )?)?(?:rows?|records?|items?|results?|tests?|docs|documents?"
    r"|events?|entries|entry|lines?|points?)"
)
_TAKEN = (
    r"(?:inserted|created|stored|saved|imported|accepted|added|written|received|processed|ingested"
    r"|affected|uploaded|updated|unchanged|duplicates?|taken|recorded|indexed|queued|submitted|ok)"
)
_AUX = r"(?:(?:was|were|are|is|have been|has been|could be|can be|will be|got) )?"
_SAID = (
    re.compile(
        rf"\b(?P<n>[0-9]{{1,9}}) (?:{_THING} )?{_AUX}{_TAKEN}\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b{_TAKEN}\s{{0,2}}[:=(]?\s{{0,2}}(?P<n>[0-9]{{1,9}}) ?{_THING}\b", re.IGNORECASE
    ),
    re.compile(
        rf"\b{_TAKEN}\s{{0,2}}(?:[:=]\s{{0,2}}(?P<n>[0-9]{{1,9}})(?![\w.:/-])"
        r"|(?P<m>[0-9]{1,9})\s*[.!]?$)",
        re.IGNORECASE,
    ),
    re.compile(
        r"^INSERT [0-9]{1,9} (?P<n>[0-9]{1,9})$",
        re.MULTILINE,
    ),  # PostgreSQL
)
_OF = re.compile(
    r"(?<![\w./-])([0-9]{1,9}) ?(?:/|(?:out )?of(?: the)?) ?([0-9]{1,9})(?![\w/-])", re.IGNORECASE
)
_LOOKED_THROUGH = 100_000  # characters of a text


def is_bad_state(word: str) -> bool:
    """Whether a word of a status says that something failed."""
    text = word.strip()
    if _NO_ERRORS.fullmatch(text):  # "failed 0"
        return False
    found = _PROTOCOL.match(text)
    if found and _BAD_STATE.fullmatch(text[found.end() :]):
        return True
    return bool(_BAD_STATE.fullmatch(text))


def is_bad_end(word: str) -> bool:
    """The same of a word that stands under the name of a status: ``completed_with_errors``."""
    words = " ".join(words_in(_NO_ERRORS.sub("", word)))
    return is_bad_state(word) or is_of_errors(words) or bool(_BAD_WORDS.search(words))


def is_bad_type(word: str) -> bool:
    """Whether the name of a type is one of an error: ``ValidationError``."""
    return bool(_BAD_TYPE.search(word))


def is_good_state(word: str) -> bool:
    """Whether a word says that something was taken, or goes on."""
    text = word.strip()
    if _GOOD_STATUS.match(text):
        return True
    return says_taken(text) or bool(_GOING_ON.search(text.replace("_", " ")))


def says_taken(text: str) -> bool:
    """Whether a text says that something was taken, or names what was made: an id, an address."""
    looked = text[:_LOOKED_THROUGH].strip()
    return bool(_TAKEN_TEXT.search(looked)) or bool(_NAMED.fullmatch(looked))


def speaks_badly(
    text: str,
    count: int,
) -> bool:
    """Whether a text speaks of errors, or of fewer than ``count`` that were taken."""
    looked = text[:_LOOKED_THROUGH]
    left = _NO_ERRORS.sub("", looked)
    is_bad = _BAD_WORDS.search(left) or _BAD_ABROAD.search(left)
    return bool(is_bad) or says_fewer(looked, count)


def leads_to_login(text: str) -> bool:
    """Whether a text is the address of a page where people log in."""
    return bool(_LOGIN.match(text.strip()))


def is_no(text: str) -> bool:
    """Whether a text is a no and nothing else."""
    return bool(_NO.fullmatch(text.strip()))


def is_page(text: str) -> bool:
    """Whether it is a web page, or a part of one."""
    return bool(_PAGE.search(text[:2000]))


def is_refusal(
    text: str,
    count: int,
) -> bool:
    """Whether a whole body that is a text speaks of errors: a no, a web page, or such words; or
    does not say at all that results were taken.
    """
    if is_no(text) or is_page(text) or speaks_badly(text, count) or is_bad_state(text):
        return True
    words = [word.strip() for word in re.split(r"[\n,;]", text.strip())]
    listed = len(words) >= max(count, 2) and not any(" " in word for word in words)
    return bool(count) and not listed and not says_taken(text)


def says_fewer(
    text: str,
    count: int,
) -> bool:
    """Whether a text counts fewer than ``count`` that were taken, in digits or in words."""
    looked = _IN_WORDS.sub(
        lambda found: str(_number_of(found)),
        text,
    )
    for some, whole in _OF.findall(looked):
        if int(whole) == count > int(some):
            return True
    for pattern in _SAID:
        groups = [found.groups() for found in pattern.finditer(looked)]
        numbers = [int(next(filter(None, each))) for each in groups]
        if numbers and sum(numbers) < count:
            return True
    return False


def in_words(text: str) -> int | None:
    """The number that a text is in words; None if it is none."""
    found = _IN_WORDS.fullmatch(text.strip())
    return _number_of(found) if found else None


def _number_of(found: re.Match[str]) -> int:
    tens, rest = found[1], found[2]
    return (_NUMBERS[tens.lower()] if tens else 0) + _NUMBERS[rest.lower()]
