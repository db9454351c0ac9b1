"""People who disagree: groups of annotators by what they do, never claimed before chance was asked."""
