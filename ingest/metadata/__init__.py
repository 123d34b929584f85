"""What is said of an article: dates, addresses, names, languages."""
