"""The outbox: one sqlite file per upload, on disk before anything leaves this machine."""
