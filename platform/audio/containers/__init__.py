"""Sound containers, walked to their end: where the sound lies, and how long it really is.

Nothing here decodes. A walker reads what a file is made of (frames, pages, blocks, chunks), counts
the samples that are really there, and hands out files of one plain kind that libsndfile reads:
headers are claims, and a legal file whose header says nothing is no worse than another.
"""
