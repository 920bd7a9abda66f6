"""testferry: a bulk uploader of test results that neither loses nor doubles one."""

__version__ = "0.1.0"
