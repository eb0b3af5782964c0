"""What corpora are like, whatever is asked of them: samples, rejects, images, repeats."""
