"""What compares texts: paragraphs of one article, and articles with one another."""
