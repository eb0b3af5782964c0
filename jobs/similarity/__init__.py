"""How near test images lie to the images of a corpus, and the law beside that nearness."""
