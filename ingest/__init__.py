"""What is decided by one text alone: reading, extraction, paragraphs, titles and rules."""
