"""Dripcourse: a self-hosted e-mail course service. An article in, one lesson a day out, once each."""

__version__ = "0.1.0"
