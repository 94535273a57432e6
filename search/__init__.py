"""Finding words in what was said: an index of its own, filled behind the answers.

``search.find`` is the way in: ``search`` for a person, ``search_all`` for those who review.
"""
