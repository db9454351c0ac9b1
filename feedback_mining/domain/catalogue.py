"""The error for a plug-in that no catalogue has; the catalogues themselves are curation's."""

from curation.domain.errors import UnknownFormatError as UnknownPluginError

__all__ = ["UnknownPluginError"]
