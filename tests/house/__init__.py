"""Tests of the house as a whole: its floors, its locks, its package, its images."""
