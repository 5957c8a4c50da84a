"""The sections of the report, one module each: every module builds blocks and draws none."""
