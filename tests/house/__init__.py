"""Tests of the house: what every part of Harken has to keep, whoever writes it."""
