"""The sandbox: the emulators of the services behind one address on loopback, for rehearsing a
pipeline. It is never imported by the uploader itself.
"""
