"""Publishing: first all images by digest, then all tags, so that no push is half done."""
