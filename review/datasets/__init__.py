"""Datasets out of reviewed conversations, with as little memory as one batch of them takes."""
