"""Classifiers: what gives each text a probability for each of its labels. `local` holds a model in this process."""

from language_models.classifiers.contract import Classifier, ClassifierUnavailableError

__all__ = ["Classifier", "ClassifierUnavailableError"]
