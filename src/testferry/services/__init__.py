"""The services that results can be sent to: a folder each."""
