"""Figures of plain files: the same arithmetic as on the screens, without a database."""
