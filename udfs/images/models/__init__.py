"""Models from weights that the user names: CLIP, taggers, RAM++."""
