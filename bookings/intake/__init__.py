"""Intake forms: questions, requests and answers."""
