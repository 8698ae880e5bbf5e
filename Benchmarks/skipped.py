class Skipped(Exception):
    """Why a row cannot be measured here."""
