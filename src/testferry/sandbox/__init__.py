"""The embedded emulator of the services, on loopback."""
