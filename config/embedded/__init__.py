"""Services that Harken runs itself on one machine. Plain Python: the settings and the Procfile start from here."""
