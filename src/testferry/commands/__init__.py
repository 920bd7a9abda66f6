"""The commands, a file each: settings, then the call, then what is shown.

``COMMANDS`` is the only list of them, with the line that says what each is for; ``testferry.cli``
loads the one that is asked for.
"""

from __future__ import annotations

COMMANDS = {
    "upload": "Parse reports, pack them, send them: the main job.",
    "resume": "Carry every unfinished upload on, or the named ones.",
    "uploads": "What the journal knows.",
    "run": "One run filled by many CI jobs: create, complete.",
    "inspect": "Read reports and send nothing: format, counts, problems.",
    "explain": "What testferry would do on an answer, and why.",
    "doctor": "Is everything there that an upload needs?",
    "init": "Write a testferry.toml, and examine it.",
    "login": "Keep a target's token in the keyring.",
    "logout": "Take a target's token out of the keyring.",
    "migrate": "What another client was told, as a command and a table.",
    "budget": "Who holds how much of the rate limit, and until when.",
    "config": "Every setting with its value, and where it comes from.",
    "targets": "The services and targets; one of them as it is understood.",
    "sandbox": "Serve the embedded emulator on loopback.",
    "demo": "The sandbox and an upload of sample reports into it.",
    "help": "Pages on exit codes, journal, rates, doubt, formats, CI, configuration.",
    "completion": "What makes bash, zsh or fish complete testferry's words.",
}
