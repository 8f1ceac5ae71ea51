"""The English of the product: the words and phrases that the writer uses and the reader knows."""
