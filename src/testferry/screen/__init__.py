"""The screen: the only place that knows ``rich``. Names from reports and services come as ``Text``
of cleaned characters: never markup, never control sequences, never a CI system's commands.
"""
